import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { NearcadeError } from '#shared/errors.ts';
import { mayReadConsole } from '../app/console.ts';
import type { Route } from '../app/router.ts';
import { loadPlayPage } from '../session/load.ts';
import { ErrorPage } from './error-page.tsx';
import { lazy } from './lazy.tsx';
import { LibraryPage } from './library-page.tsx';
import { Loading } from './loading.tsx';
import { useServices } from './services-context.ts';
import { SignInPage } from './sign-in-page.tsx';
import { useAction } from './use-action.ts';
import { describeError } from './words.ts';

// Everything but the sign-in page and the library.
const AccountPage = lazy(async () => (await import('./account/account-page.tsx')).AccountPage);
const AdminPage = lazy(async () => (await import('../admin/admin-page.tsx')).AdminPage);
const ClubPage = lazy(async () => (await import('./clubs/club-page.tsx')).ClubPage);
const ClubsPage = lazy(async () => (await import('./clubs/clubs-page.tsx')).ClubsPage);
const ForgottenPage = lazy(async () => (await import('./mailed/forgotten-page.tsx')).ForgottenPage);
const GamePage = lazy(async () => (await import('./game/game-page.tsx')).GamePage);
const HistoryPage = lazy(async () => (await import('./history/history-page.tsx')).HistoryPage);
const InvitePage = lazy(async () => (await import('./invite-page.tsx')).InvitePage);
const JoinPage = lazy(async () => (await import('./join-page.tsx')).JoinPage);
const MomentPage = lazy(async () => (await import('./saves/moment-page.tsx')).MomentPage);
const PlayPage = lazy(async () => (await loadPlayPage()).PlayPage);
const RecordingsPage = lazy(async () => (await import('./saves/recordings-page.tsx')).RecordingsPage);
const ResetPage = lazy(async () => (await import('./mailed/reset-page.tsx')).ResetPage);
const SavesPage = lazy(async () => (await import('./saves/saves-page.tsx')).SavesPage);
const TestPaymentPage = lazy(async () => (await import('./wallet/test-payment-page.tsx')).TestPaymentPage);
const VerifyPage = lazy(async () => (await import('./mailed/verify-page.tsx')).VerifyPage);
const WalletPage = lazy(async () => (await import('./wallet/wallet-page.tsx')).WalletPage);

/** The page of the current route. Who is signed out signs in first, at the same address, and is where they wanted to be. */
export function App(): JSX.Element {
  const { access, router } = useServices();
  const start = useAction(async () => {
    await access.refresh();
  });
  useEffect(() => start.run(), []);
  switch (access.state.value.kind) {
    case 'unknown':
      return start.error ? <StartError error={start.error} again={() => start.run()} /> : <Loading />;
    case 'out':
      return pageForAnybody(router.route.value) ?? <SignInPage />;
    case 'in':
      return pageForAnybody(router.route.value) ?? <CurrentPage />;
  }
}

function StartError({ error, again }: { error: NearcadeError; again: () => void }): JSX.Element {
  switch (error.code) {
    case 'update_required':
      return (
        <ErrorPage
          title="There is a new version"
          text="Load the page again to go on with it."
          again={() => window.location.reload()}
        />
      );
    case 'access_denied':
      return <ErrorPage title="You cannot come in" text={describeError(error)} again={again} />;
    default:
      return <ErrorPage title="Nearcade cannot be reached" text={describeError(error)} again={again} />;
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
  const { access, router } = useServices();
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
    case 'moment':
      return <MomentPage key={route.token} token={route.token} />;
    case 'saves':
      return <SavesPage />;
    case 'recordings':
      return <RecordingsPage />;
    case 'history':
      return <HistoryPage />;
    case 'game':
      return <GamePage key={route.slug} slug={route.slug} />;
    case 'admin':
      return mayReadConsole(access.state.value) ? (
        <AdminPage section={route.section} playerId={route.playerId} />
      ) : (
        <ErrorPage title="There is no such page" text="The link may be old or incomplete." />
      );
    case 'wallet':
      return <WalletPage />;
    case 'test-payment':
      return <TestPaymentPage checkoutId={route.checkoutId} />;
    default:
      return <ErrorPage title="There is no such page" text="The link may be old or incomplete." />;
  }
}
