import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Session } from '#shared/api/play.ts';
import type { Role } from '#shared/ticket.ts';
import { pathOf } from '../../app/router.ts';
import { CopyField } from '../copy-field.tsx';
import { InviteDialog } from '../invite-dialog.tsx';
import { WhepShare } from './whep-share.tsx';

export function inviteUrl(inviteCode: string, role: Role): string {
  const as = role === 'spectator' ? role : undefined;
  return `${window.location.origin}${pathOf({ page: 'join', invitation: inviteCode, as })}`;
}

export function SharePanel({ session }: { session: Session }): JSX.Element {
  const inviting = useSignal(false);
  return (
    <section class="bar-panel" aria-label="Invite">
      {session.seats > 1 && (
        <CopyField label="For a player" url={inviteUrl(session.inviteCode, 'player')} testId="share-player" />
      )}
      <CopyField
        label="For a spectator"
        url={inviteUrl(session.inviteCode, 'spectator')}
        testId="share-spectator"
      />
      <p class="muted">
        Or say the room number: <strong class="room-number">{session.roomNumber}</strong>
      </p>
      <WhepShare sessionId={session.id} />
      <div>
        <button
          type="button"
          class="button button-small"
          data-testid="share-limited"
          onClick={() => {
            inviting.value = true;
          }}
        >
          Make a link that expires
        </button>
      </div>
      {inviting.value && (
        <InviteDialog
          to="session"
          id={session.id}
          title={`Invite to ${session.gameTitle}`}
          onClose={() => {
            inviting.value = false;
          }}
        />
      )}
    </section>
  );
}
