import type { JSX } from 'preact';
import { mayReadConsole } from '../app/console.ts';
import { Brand } from './brand.tsx';
import { Link } from './link.tsx';
import { Nav } from './nav.tsx';
import { useServices } from './services-context.ts';
import { SocialButton } from './social/social-button.tsx';
import { SocialPanel } from './social/social-panel.tsx';
import { useAction } from './use-action.ts';
import { describeCredits } from './words.ts';

const GUEST_LEAVES =
  'A guest who signs out cannot come back to this account. Give it an e-mail address first to keep it. Sign out anyway?';

export function Header(): JSX.Element {
  const { access, api, credits, socialOpen } = useServices();
  const state = access.state.value;
  const leave = useAction(async () => {
    const guest = state.kind === 'in' && state.user.guest;
    if (guest && !window.confirm(GUEST_LEAVES)) return;
    await api.logout();
  });
  return (
    <>
      <header class="header">
        <Link to={{ page: 'library' }} label="Nearcade, to the library">
          <Brand />
        </Link>
        <Nav />
        <div class="header-account">
          {mayReadConsole(state) && (
            <Link to={{ page: 'admin', section: 'numbers', playerId: undefined }} class="button button-plain">
              <span data-testid="admin-link">Console</span>
            </Link>
          )}
          <SocialButton open={socialOpen} />
          <Link to={{ page: 'wallet' }} class="chip header-credits">
            <span data-testid="credits">{walletWords(credits.value)}</span>
          </Link>
          <Link to={{ page: 'account' }} class="header-name">
            <span data-testid="display-name">{state.kind === 'in' ? state.user.displayName : ''}</span>
          </Link>
          <button
            type="button"
            class="button button-plain"
            data-testid="signout"
            disabled={leave.busy}
            onClick={() => leave.run()}
          >
            Sign out
          </button>
        </div>
      </header>
      <SocialPanel open={socialOpen} />
    </>
  );
}

function walletWords(credits: number | null): string {
  return credits === null ? 'Wallet' : describeCredits(credits);
}
