import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import type { Session } from '#shared/api/play.ts';
import type { Role } from '#shared/ticket.ts';
import { pathOf } from '../../app/router.ts';
import { Icon } from '../icons.tsx';

const COPIED_FOR_MS = 1_600;

export function inviteUrl(inviteCode: string, role: Role): string {
  const as = role === 'spectator' ? role : undefined;
  return `${window.location.origin}${pathOf({ page: 'join', invitation: inviteCode, as })}`;
}

export function SharePanel({ session }: { session: Session }): JSX.Element {
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
    </section>
  );
}

function CopyField({ label, url, testId }: { label: string; url: string; testId: string }): JSX.Element {
  const id = useId();
  const copied = useSignal(false);
  const copy = async () => {
    const field = document.getElementById(id);
    if (field instanceof HTMLInputElement) field.select();
    try {
      await navigator.clipboard.writeText(url);
      copied.value = true;
      setTimeout(() => {
        copied.value = false;
      }, COPIED_FOR_MS);
    } catch {
      // Refused by the browser: the link stands selected, Ctrl+C copies it.
    }
  };
  return (
    <div class="copy-field">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="input"
        readOnly
        value={url}
        data-testid={testId}
        onFocus={event => event.currentTarget.select()}
      />
      <button type="button" class="button button-small" onClick={() => void copy()}>
        <Icon name={copied.value ? 'check' : 'copy'} />
        <span aria-live="polite">{copied.value ? 'Copied' : 'Copy'}</span>
      </button>
    </div>
  );
}
