import { MAX_PADS } from '#shared/pads.ts';

/** What of a Gamepad (W3C Gamepad) says whether it is in somebody's hand. */
export interface PadSeen {
  readonly index: number;
  readonly mapping: string;
  readonly buttons: readonly { readonly pressed: boolean }[];
}

export interface HandRules {
  /** The player plays by a pad, not by keys beside those who have one. */
  own: boolean;
  /** Pads beside the player's own may play. */
  others: boolean;
  /** Presses count: the player is at this page. */
  pressing: boolean;
  /** Whether a hand's pad plays nothing, for want of a free seat. */
  isIdle: (hand: number) => boolean;
}

/**
 * Which of the browser's pads is in which hand of this page (shared/input.ts). The player's own is the first that is there, if the browser
 * knows its layout before any other; one that is pressed before that has ever been takes its place. The others come to a hand with their
 * first press, as on a console, and stay in it until they are unplugged.
 */
export class PadHands {
  /** By hand, the pad's index in the browser. */
  readonly #pads: (number | undefined)[] = Array.from({ length: MAX_PADS }, () => undefined);
  #ownWasPressed = false;

  padIn(hand: number): number | undefined {
    return this.#pads[hand];
  }

  /** Pads that are there and in no hand. */
  waiting(pads: readonly PadSeen[]): PadSeen[] {
    return pads.filter(({ index }) => !this.#pads.includes(index));
  }

  /** Looks at the pads that are there. Answers the hands in which another pad is now, or none. */
  look(pads: readonly PadSeen[], rules: HandRules): number[] {
    const before = [...this.#pads];
    const isPressed = (pad: PadSeen) => rules.pressing && pad.buttons.some(({ pressed }) => pressed);
    for (const hand of this.#pads.keys()) {
      const may = hand === 0 ? rules.own : rules.others;
      if (!may || !pads.some(({ index }) => index === this.#pads[hand])) this.#pads[hand] = undefined;
    }
    if (this.#pads[0] === undefined) {
      this.#ownWasPressed = false;
      if (rules.own) this.#giveOwn(pads, isPressed, rules.isIdle);
    }
    if (pads.some(pad => pad.index === this.#pads[0] && isPressed(pad))) this.#ownWasPressed = true;
    for (const pad of this.waiting(pads).filter(isPressed)) this.#take(pad, rules);
    return [...this.#pads.keys()].filter(hand => this.#pads[hand] !== before[hand]);
  }

  #giveOwn(
    pads: readonly PadSeen[],
    isPressed: (pad: PadSeen) => boolean,
    isIdle: HandRules['isIdle'],
  ): void {
    const waiting = this.waiting(pads);
    const known = ({ mapping }: PadSeen) => mapping === 'standard';
    const next = waiting.find(isPressed) ?? waiting.find(known) ?? waiting[0];
    const idle =
      next === undefined ? this.#pads.findIndex((pad, hand) => pad !== undefined && isIdle(hand)) : -1;
    this.#pads[0] = next?.index ?? this.#pads[idle];
    if (idle > 0) this.#pads[idle] = undefined;
  }

  #take(pad: PadSeen, { own, others }: HandRules): void {
    if (own && !this.#ownWasPressed) {
      this.#pads[0] = pad.index;
      this.#ownWasPressed = true;
      return;
    }
    const free = this.#pads.findIndex((taken, hand) => hand > 0 && taken === undefined);
    if (others && free > 0) this.#pads[free] = pad.index;
  }
}
