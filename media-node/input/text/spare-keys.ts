/**
 * A key stays what it is for this long after it was pressed: a game looks the character of a press up when it gets to it, in the
 * mapping as it is by then.
 */
const KEPT_MS = 1_000;

/** Which character each spare keycode stands for; the one that was not used for longest is given away first. */
export class SpareKeys {
  /** In order of use, the oldest first. */
  readonly #keysyms = new Map<number, { keycode: number; usedAt: number }>();
  #free: number[];

  constructor(keycodes: readonly number[]) {
    this.#free = [...keycodes];
  }

  /** The keycode for a keysym, and whether it has to be mapped to it first; undefined while all are in use. */
  take(keysym: number, now: number): { keycode: number; isNew: boolean } | undefined {
    const known = this.#keysyms.get(keysym);
    if (known !== undefined) {
      this.#use(keysym, known.keycode, now);
      return { keycode: known.keycode, isNew: false };
    }
    const keycode = this.#free.shift() ?? this.#oldest(now);
    if (keycode === undefined) return undefined;
    this.#use(keysym, keycode, now);
    return { keycode, isNew: true };
  }

  #use(keysym: number, keycode: number, now: number): void {
    this.#keysyms.delete(keysym);
    this.#keysyms.set(keysym, { keycode, usedAt: now });
  }

  #oldest(now: number): number | undefined {
    const [oldest] = this.#keysyms;
    if (oldest === undefined || now - oldest[1].usedAt < KEPT_MS) return undefined;
    this.#keysyms.delete(oldest[0]);
    return oldest[1].keycode;
  }
}
