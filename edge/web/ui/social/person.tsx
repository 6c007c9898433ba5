import type { ComponentChildren, JSX } from 'preact';
import type { PlayerRef } from '#shared/api/friends.ts';
import type { Presence } from '#shared/api/presence.ts';
import { type PresenceStatus, statusOf } from '../../social/sorting.ts';

const STATUS_WORDS: Record<PresenceStatus, string> = {
  online: 'Online',
  playing: 'In a game',
  watching: 'Watching a game',
  offline: 'Offline',
};

export interface PersonProps {
  user: PlayerRef;
  /** Undefined: not shown. */
  presence?: Presence | null;
  tag?: string | undefined;
  /** Instead of where they are. */
  note?: ComponentChildren;
  /** Buttons. */
  children?: ComponentChildren;
}

/** One player in a list. */
export function Person({ user, presence, tag, note, children }: PersonProps): JSX.Element {
  const status = presence === undefined ? undefined : statusOf(presence);
  return (
    <li class="person" data-testid={`person-${user.id}`}>
      <span class="avatar" style={{ '--hue': hueOf(user.id) }} aria-hidden="true">
        {[...user.displayName][0]?.toUpperCase()}
        {status && <span class={`dot dot-${status}`} />}
      </span>
      <span class="person-text">
        <span class="person-name">
          <strong title={user.displayName}>{user.displayName}</strong>
          {tag && <span class="seat-tag">{tag}</span>}
        </span>
        <span class="person-note">{note ?? (status && STATUS_WORDS[status])}</span>
      </span>
      {children && <span class="person-acts">{children}</span>}
    </li>
  );
}

/** The same colour for the same player everywhere. */
function hueOf(id: string): number {
  return Number.parseInt(id.slice(-4), 16) % 360;
}
