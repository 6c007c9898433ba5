import { SEAT_RIGHTS, type SeatRight } from '#shared/seat-rights.ts';

interface Known {
  rights: ReadonlySet<SeatRight>;
  /** The state of the session's seating that they are of: what is older does not count. */
  seating: number;
}

/** What each seat of a session may do, by the newest that a ticket or an order has said: they overtake one another. */
export class Seating {
  readonly #seats = new Map<number, Known>();

  /** Of a seat that nobody has said anything about: every right. */
  rightsOf(seat: number): readonly SeatRight[] {
    return SEAT_RIGHTS.filter(right => this.may(seat, right));
  }

  /** On the way of every input message. */
  may(seat: number, right: SeatRight): boolean {
    return this.#seats.get(seat)?.rights.has(right) ?? true;
  }

  /** Takes the rights of `seat` as of `seating`. The ones that it has lost; undefined when something newer is known. */
  set(seat: number, rights: readonly SeatRight[], seating: number): SeatRight[] | undefined {
    const known = this.#seats.get(seat);
    if (known !== undefined && known.seating > seating) return undefined;
    const before = this.rightsOf(seat);
    this.#seats.set(seat, { rights: new Set(rights), seating });
    return before.filter(right => !rights.includes(right));
  }
}
