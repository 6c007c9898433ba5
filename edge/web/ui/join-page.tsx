import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { roomNumberSchema } from '#shared/api/play.ts';
import type { Role } from '#shared/ticket.ts';
import { warmUpPlayer } from '../session/load.ts';
import { Header } from './header.tsx';
import { Icon } from './icons.tsx';
import { useServices } from './services-context.ts';
import { useAction } from './use-action.ts';
import { describeError } from './words.ts';

export interface JoinPageProps {
  /** The secret of a share link, or a room number. */
  invitation: string;
  /** What the link was made for; the other choice stays open. */
  as: Role | undefined;
}

/** Always asks before it takes a seat: the click also lets the sound play. */
export function JoinPage({ invitation, as }: JoinPageProps): JSX.Element {
  const { api, desk, router } = useServices();
  useEffect(() => {
    document.title = 'Join a game · Nearcade';
    void warmUpPlayer();
  }, []);
  const join = useAction(async (role: Role) => {
    performance.mark('nearcade:click');
    const byRoom = roomNumberSchema.safeParse(invitation).success;
    const entry = await api.join(byRoom ? { roomNumber: invitation } : { inviteCode: invitation }, role);
    desk.leave(entry);
    router.go({ page: 'play', sessionId: entry.session.id }, true);
  });
  const emphasis = (role: Role) => `button choice ${(as ?? 'player') === role ? 'button-primary' : ''}`;
  return (
    <>
      <Header />
      <main class="centre centre-below-header">
        <div class="panel panel-narrow">
          <h1 class="panel-title">You are invited to a game</h1>
          <p class="muted">Take a seat and play along, or watch without touching anything.</p>
          <div class="choices">
            <button
              type="button"
              class={emphasis('player')}
              disabled={join.busy}
              data-testid="join-as-player"
              onClick={() => join.run('player')}
            >
              <Icon name="play" />
              Play along
            </button>
            <button
              type="button"
              class={emphasis('spectator')}
              disabled={join.busy}
              data-testid="join-as-spectator"
              onClick={() => join.run('spectator')}
            >
              <Icon name="eye" />
              Watch
            </button>
          </div>
          <p class="form-error" role="alert" data-testid="join-error">
            {join.error ? describeError(join.error) : ''}
          </p>
        </div>
      </main>
    </>
  );
}
