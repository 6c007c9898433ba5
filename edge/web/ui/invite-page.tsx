import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { CallOutput } from '#shared/api/endpoint.ts';
import { invitesApi } from '#shared/api/invites.ts';
import { warmUpPlayer } from '../session/load.ts';
import { Header } from './header.tsx';
import { Icon, type IconName } from './icons.tsx';
import { Link } from './link.tsx';
import { useServices } from './services-context.ts';
import { useAction } from './use-action.ts';
import { describeError } from './words.ts';

type Preview = CallOutput<typeof invitesApi.preview>;

/** Where an invite link leads: says whose it is and what to, and asks before it is used. */
export function InvitePage({ token }: { token: string }): JSX.Element {
  const { api, desk, router } = useServices();
  const preview = useSignal<Preview | null>(null);
  const load = useAction(async () => {
    preview.value = await api.call(invitesApi.preview, { body: { token } });
    if (preview.value.to === 'session') void warmUpPlayer();
  });
  const come = useAction(async () => {
    performance.mark('nearcade:click');
    const { to, id, entry } = await api.call(invitesApi.use, { body: { token } });
    if (entry !== null) {
      desk.leave(entry);
      router.go({ page: 'play', sessionId: entry.session.id }, true);
    } else if (to === 'club') router.go({ page: 'club', clubId: id }, true);
    else router.go({ page: 'library' }, true);
  });
  useEffect(() => {
    document.title = 'Invitation · Nearcade';
    load.run();
  }, []);
  const failure = come.error ?? load.error;
  return (
    <>
      <Header />
      <main class="centre centre-below-header">
        <div class="panel panel-narrow invite">
          <h1 class="panel-title">{preview.value ? titleOf(preview.value) : 'Invitation'}</h1>
          {preview.value && (
            <>
              <p class="muted" data-testid="invite-from">
                {preview.value.from.displayName} invites you.
              </p>
              <button
                type="button"
                class="button button-primary choice"
                data-testid="use-invite"
                disabled={come.busy}
                onClick={() => come.run()}
              >
                <Icon name={iconOf(preview.value)} />
                {labelOf(preview.value)}
              </button>
            </>
          )}
          <p class="form-error" role="alert" data-testid="invite-error">
            {failure ? describeError(failure) : ''}
          </p>
          {failure && (
            <Link to={{ page: 'library' }} class="button">
              To the library
            </Link>
          )}
        </div>
      </main>
    </>
  );
}

function titleOf({ to, title, role }: Preview): string {
  if (to === 'party') return 'Join the party';
  if (to === 'club') return `Join the club ${title ?? ''}`;
  return `${role === 'spectator' ? 'Watch' : 'Play'} ${title ?? ''}`;
}

function iconOf({ to, role }: Preview): IconName {
  if (to !== 'session') return 'people';
  return role === 'spectator' ? 'eye' : 'play';
}

function labelOf({ to, role }: Preview): string {
  if (to !== 'session') return 'Join';
  return role === 'spectator' ? 'Watch' : 'Take a seat';
}
