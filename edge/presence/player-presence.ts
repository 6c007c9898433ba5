import { describeError, log } from '#edge/http/log.ts';
import { membershipOf } from '#edge/play/members.ts';
import type { Services } from '#edge/services.ts';
import { friendIdsOf } from '#edge/social/friends/friends.ts';
import type { Presence, PresencePlace } from '#shared/api/presence.ts';
import { PRESENCE_REFRESH_S } from '#shared/limits.ts';
import { offline, writePresence } from './presence.ts';

/** Milliseconds between two changes that friends are told of: who jumps to and fro must not flood them. */
const CHANGE_INTERVAL_MS = 2_000;

/** Milliseconds until friends are tried again whom a failing store kept from being told. */
const RETRY_MS = 15_000;

const PRESENCE = 'presence';

interface Told {
  presence: Presence;
  /** What friends know, as the player's devices said it. */
  place: PresencePlace | null;
  /** Milliseconds since 1970: no change is told before. */
  quietUntil: number;
  /** Milliseconds since 1970: when Redis is told again, which has it with an expiry and may have lost it. */
  refreshAt: number;
}

/**
 * What friends and Redis know of where one player is. Kept in the storage of the player's hub, which calls `settle` from its
 * alarm only, so one at a time.
 */
export class PlayerPresence {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** What friends know. */
  get place(): PresencePlace | null {
    return this.#told?.place ?? null;
  }

  /** When `settle` has something to do if the player is at `place`; Infinity for never. Milliseconds since 1970. */
  nextAt(place: PresencePlace | null): number {
    const told = this.#told;
    if (!samePlace(told?.place ?? null, place)) return told?.quietUntil ?? 0;
    return told?.refreshAt ?? Number.POSITIVE_INFINITY;
  }

  /** Tells whoever should know, and does not know yet, that the player is at `place`; null: nowhere. Never throws. */
  async settle(services: Services, userId: string, place: PresencePlace | null): Promise<void> {
    const now = services.now();
    if (now.getTime() < this.nextAt(place)) return;
    const told = this.#told;
    if (told !== undefined && samePlace(told.place, place)) {
      await this.#write(services, told.presence);
      this.#put({ ...told, refreshAt: now.getTime() + PRESENCE_REFRESH_S * 1000 });
    } else {
      await this.#change(services, userId, place, now);
    }
  }

  get #told(): Told | undefined {
    return this.#storage.kv.get<Told>(PRESENCE);
  }

  #put(told: Told): void {
    this.#storage.kv.put<Told>(PRESENCE, told);
  }

  async #change(services: Services, userId: string, place: PresencePlace | null, now: Date): Promise<void> {
    const told = this.#told;
    const session = await this.#sessionOf(services, userId, place);
    const presence = presenceOf(userId, place, session.known, told?.presence, now);
    await this.#write(services, presence);
    const heard = (await this.#tellFriends(services, presence)) && !session.uncertain;
    if (heard && place === null) {
      this.#storage.kv.delete(PRESENCE);
      return;
    }
    this.#put({
      presence,
      place: heard ? place : (told?.place ?? null),
      quietUntil: now.getTime() + (heard ? CHANGE_INTERVAL_MS : RETRY_MS),
      refreshAt: now.getTime() + PRESENCE_REFRESH_S * 1000,
    });
  }

  /** The session that the player says to be in, if they are; uncertain when nobody could be asked. */
  async #sessionOf({ db }: Services, userId: string, place: PresencePlace | null) {
    const sessionId = place?.sessionId ?? null;
    if (sessionId === null) return { known: null, uncertain: false };
    const before = this.#told?.presence;
    if (before?.sessionId === sessionId && before.game !== null) {
      return { known: { sessionId, game: before.game }, uncertain: false };
    }
    try {
      const member = await membershipOf(db, sessionId, userId);
      const known = member?.active === true ? { sessionId, game: member.session.game } : null;
      return { known, uncertain: false };
    } catch (error) {
      log('warn', 'session of a presence not read', { userId, sessionId, ...describeError(error) });
      return { known: null, uncertain: true };
    }
  }

  async #write({ hints }: Services, presence: Presence): Promise<void> {
    try {
      await writePresence(hints, presence);
    } catch (error) {
      log('warn', 'presence not written', { userId: presence.userId, ...describeError(error) });
    }
  }

  async #tellFriends({ db, live }: Services, presence: Presence): Promise<boolean> {
    try {
      await live.send(await friendIdsOf(db, presence.userId), { type: 'presence_changed', presence });
      return true;
    } catch (error) {
      log('warn', 'friends not told of a presence', { userId: presence.userId, ...describeError(error) });
      return false;
    }
  }
}

/** Who says to be in a session and is not is online, no more. */
function presenceOf(
  userId: string,
  place: PresencePlace | null,
  session: { sessionId: string; game: string } | null,
  before: Presence | undefined,
  now: Date,
): Presence {
  if (place === null) return offline(userId);
  const status = session === null ? 'online' : place.status;
  const { sessionId, game } = session ?? { sessionId: null, game: null };
  const joinable = session !== null && place.joinable;
  const unchanged = before?.status === status && before.sessionId === sessionId;
  return {
    userId,
    status,
    sessionId,
    game,
    joinable,
    since: (unchanged ? before.since : null) ?? now.toISOString(),
  };
}

function samePlace(a: PresencePlace | null, b: PresencePlace | null): boolean {
  return a?.status === b?.status && a?.sessionId === b?.sessionId && a?.joinable === b?.joinable;
}
