import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Route } from '../app/router.ts';
import { AccountPage } from './account/account-page.tsx';
import { ClubPage } from './clubs/club-page.tsx';
import { ClubsPage } from './clubs/clubs-page.tsx';
import { ErrorPage } from './error-page.tsx';
import { InvitePage } from './invite-page.tsx';
import { JoinPage } from './join-page.tsx';
import { LibraryPage } from './library-page.tsx';
import { ForgottenPage } from './mailed/forgotten-page.tsx';
import { ResetPage } from './mailed/reset-page.tsx';
import { VerifyPage } from './mailed/verify-page.tsx';
import { PlayPage } from './play/play-page.tsx';
import { useServices } from './services-context.ts';
import { SignInPage } from './sign-in-page.tsx';
import { useAction } from './use-action.ts';
import { TestPaymentPage } from './wallet/test-payment-page.tsx';
import { WalletPage } from './wallet/wallet-page.tsx';
import { describeError } from './words.ts';

/** The page of the current route. Who is signed out signs in first, at the same address, and is where they wanted to be. */
export function App(): JSX.Element {
  const { access, router } = useServices();
  const start = useAction(async () => {
    await access.refresh();
  });
  useEffect(() => start.run(), []);
  switch (access.state.value.kind) {
    case 'unknown':
      return start.error ? (
        <ErrorPage title="Nearcade cannot be reached" text={describeError(start.error)} again={start.run} />
      ) : (
        <Loading />
      );
    case 'out':
      return pageForAnybody(router.route.value) ?? <SignInPage />;
    case 'in':
      return pageForAnybody(router.route.value) ?? <CurrentPage />;
  }
}

/** The pages that need no sign-in. */
function pageForAnybody(route: Route): JSX.Element | null {
  switch (route.page) {
    case 'forgotten-password':
      return <ForgottenPage />;
    case 'reset-password':
      return <ResetPage token={route.token} />;
    case 'verify':
      return <VerifyPage token={route.token} />;
    default:
      return null;
  }
}

function CurrentPage(): JSX.Element {
  const { router } = useServices();
  const route = router.route.value;
  switch (route.page) {
    case 'library':
      return <LibraryPage />;
    case 'account':
      return <AccountPage />;
    case 'play':
      return <PlayPage key={route.sessionId} sessionId={route.sessionId} />;
    case 'join':
      return <JoinPage invitation={route.invitation} as={route.as} />;
    case 'clubs':
      return <ClubsPage />;
    case 'club':
      return <ClubPage key={route.clubId} clubId={route.clubId} />;
    case 'invite':
      return <InvitePage key={route.token} token={route.token} />;
    case 'wallet':
      return <WalletPage />;
    case 'test-payment':
      return <TestPaymentPage checkoutId={route.checkoutId} />;
    default:
      return <ErrorPage title="There is no such page" text="The link may be old or incomplete." />;
  }
}

function Loading(): JSX.Element {
  return (
    <div class="centre" role="status">
      <span class="spinner" />
      <span class="visually-hidden">Loading</span>
    </div>
  );
}
