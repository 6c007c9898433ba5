import { NearcadeError } from '#shared/errors.ts';
import { MAX_PADS } from '#shared/pads.ts';
import type { ServerMessage } from '#shared/signal.ts';
import type { Participant } from './participant.ts';
import type { Seating } from './seating.ts';

/** What is asked of the session. Seats count from 1. */
export interface SofaOptions {
  /** Pads that its game has. */
  pads: number;
  /** Who is connected. */
  people: () => Iterable<Participant>;
  /** Who has a seat, connected or not. */
  userOf: (seat: number) => string | undefined;
  seating: Pick<Seating, 'may'>;
  tell: (userId: string, message: ServerMessage) => void;
}

/** Plugs in, or unplugs, the pad of a seat. */
export type PadListener = (seat: number, plugged: boolean) => void;

/**
 * The pads at the host's page beside their own: each plays the pad of a seat that nobody has and that has the right to it, the lowest
 * first, for as long as that is so. Whoever takes the seat has its pad from that moment; the hand that played it gets
 * another free one. Nobody but the host: what a guest may play is decided seat by seat (`edge/play/seats`).
 */
export class SofaPads {
  readonly #options: SofaOptions;
  /** By user, and by hand from 1: the seat whose pad it plays; null: none is free. */
  readonly #hands = new Map<string, Map<number, number | null>>();
  #plug: PadListener = () => undefined;

  constructor(options: SofaOptions) {
    this.#options = options;
  }

  /** Hears of each pad that comes or goes from now on, and of those that are there. */
  onPad(listener: PadListener): void {
    this.#plug = listener;
    for (const seat of this.#taken()) listener(seat, true);
  }

  /** A page says that it has a pad in this hand, perhaps anew, or has none any more. Throws `forbidden` for who is not the host. */
  plug(userId: string, hand: number, plugged: boolean): void {
    if (!this.#mayHave(userId)) throw new NearcadeError('forbidden', "only the host's page has other pads");
    const hands = this.#hands.get(userId) ?? new Map<number, number | null>();
    const seat = hands.get(hand);
    if (plugged) hands.set(hand, seat ?? null);
    else if (!hands.delete(hand)) return;
    this.#hands.set(userId, hands);
    // A page that says so anew counts from the start.
    if (seat != null) this.#plug(seat, plugged);
    this.#share();
    this.#tell(userId, hands);
  }

  /** The seat whose pad the hand plays now. On the way of every message of such a pad. */
  seatOf(userId: string, hand: number): number | undefined {
    return this.#hands.get(userId)?.get(hand) ?? undefined;
  }

  seatsOf(userId: string): number[] {
    return [...(this.#hands.get(userId)?.values() ?? [])].filter(seat => seat !== null);
  }

  /** In whose hand the pad of a seat is that nobody has. */
  playerOf(seat: number): { userId: string; hand: number } | undefined {
    for (const [userId, hands] of this.#hands) {
      for (const [hand, played] of hands) if (played === seat) return { userId, hand };
    }
    return undefined;
  }

  /** Call it whenever somebody has come, gone or moved, or a seat has other rights. */
  refresh(): void {
    if (this.#hands.size === 0) return;
    const before = new Map([...this.#hands].map(([userId, hands]) => [userId, this.#listOf(hands).join()]));
    for (const [userId, hands] of this.#hands) {
      const may = this.#mayHave(userId);
      for (const [hand, seat] of hands) {
        if (seat === null || (may && this.#isFree(seat))) continue;
        hands.set(hand, null);
        this.#plug(seat, false);
      }
      if (!may) hands.clear();
    }
    this.#share();
    for (const [userId, hands] of this.#hands) {
      if (before.get(userId) !== this.#listOf(hands).join()) this.#tell(userId, hands);
      if (hands.size === 0) this.#hands.delete(userId);
    }
  }

  /** Gives what is free to the hands that have none. */
  #share(): void {
    const taken = new Set(this.#taken());
    const seats = Array.from({ length: this.#options.pads }, (_, index) => index + 1);
    const free = seats.filter(seat => !taken.has(seat) && this.#isFree(seat));
    for (const hands of this.#hands.values()) {
      for (const [hand, seat] of [...hands].sort(([one], [other]) => one - other)) {
        const next = seat === null ? free.shift() : undefined;
        if (next === undefined) continue;
        hands.set(hand, next);
        this.#plug(next, true);
      }
    }
  }

  /** The host, while they have a seat; also while they are away for a moment, until somebody else is the host. */
  #mayHave(userId: string): boolean {
    const people = [...this.#options.people()].filter(({ unlisted }) => unlisted !== true);
    const own = people.filter(person => person.userId === userId);
    if (own.length > 0) return own.some(({ host, seat }) => host && seat !== null);
    const seats = Array.from({ length: this.#options.pads }, (_, index) => index + 1);
    return !people.some(({ host }) => host) && seats.some(seat => this.#options.userOf(seat) === userId);
  }

  #isFree(seat: number): boolean {
    const { people, userOf, seating } = this.#options;
    // Who gives their seat up sits there until their socket is closed.
    if (userOf(seat) !== undefined || [...people()].some(person => person.seat === seat)) return false;
    return seating.may(seat, 'pad');
  }

  #taken(): number[] {
    return [...this.#hands.keys()].flatMap(userId => this.seatsOf(userId));
  }

  #tell(userId: string, hands: ReadonlyMap<number, number | null>): void {
    this.#options.tell(userId, { type: 'pads', seats: this.#listOf(hands) });
  }

  #listOf(hands: ReadonlyMap<number, number | null>): (number | null)[] {
    return Array.from({ length: MAX_PADS - 1 }, (_, index) => hands.get(index + 1) ?? null);
  }
}
