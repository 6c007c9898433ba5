import { type ErrorCode, NearcadeError } from '#shared/errors.ts';
import {
  CHANNEL_OF,
  decodeInput,
  type InputChannel,
  type InputMessage,
  type PadMessage,
} from '#shared/input.ts';
import {
  INPUT_FLOOD_PER_S,
  INPUT_FLOOD_SECONDS,
  INPUT_MAX_MALFORMED,
  INPUT_RATES,
  TEXT_RATE,
} from '#shared/limits.ts';
import { RIGHT_OF, type SeatRight } from '#shared/seat-rights.ts';
import type { Clock } from '../clock.ts';
import { RepeatedKeys } from '../input/repeated-keys.ts';
import type { Participant } from './participant.ts';
import { TokenBucket } from './token-bucket.ts';

export interface RefusedInput {
  /** How many since this was told last, at most once a second. */
  count: number;
  /** Of the last one. */
  code: ErrorCode;
  /** For the log. */
  why: string;
}

export interface InputGateOptions {
  /** Who sends: read at each message, since the host may move them. */
  sender: Readonly<Pick<Participant, 'role' | 'seat'>>;
  /** Whether the seat has the right now. */
  may: (seat: number, right: SeatRight) => boolean;
  /** Takes what may pass. Seats count from 1. */
  apply: (seat: number, message: InputMessage) => void;
  /** What the sender's other hands play; `plug` throws for who may have none. */
  sofa: {
    plug: (hand: number, plugged: boolean) => void;
    seatOf: (hand: number) => number | undefined;
  };
  onRefused: (refused: RefusedInput) => void;
  /** Has what this sender sends thrown away before it reaches this process, or no longer. */
  hold: (held: boolean) => void;
  /** The sender is not to be borne any longer. Called once. */
  cut: (error: NearcadeError) => void;
  clock: Clock;
}

const WINDOW_MS = 1000;

/** A flood that ended this long ago counts no more. Long, since a flood may choke its sender's SCTP for a quarter of a minute. */
const FORGIVEN_MS = 60_000;

/**
 * What stands between a viewer's data channels and the game: role, rate, form and right of each message. Nothing here waits.
 * Who floods is held off for the rest of a second before reading their messages costs the others anything, and cut off when
 * that does not help; so is who keeps sending what is no message.
 */
export class InputGate {
  readonly #options: InputGateOptions;
  readonly #rates: Record<InputChannel, TokenBucket>;
  readonly #text = new TokenBucket(TEXT_RATE);
  readonly #keys = new RepeatedKeys();
  #windowStart = 0;
  #refused: RefusedInput = { count: 0, code: 'internal', why: '' };
  #refusedInAll = 0;
  #malformed = 0;
  #over = 0;
  #floods = 0;
  #heldUntil = 0;
  #state: 'open' | 'held' | 'cut' = 'open';

  constructor(options: InputGateOptions) {
    this.#options = options;
    this.#rates = {
      keys: new TokenBucket(INPUT_RATES.keys),
      motion: new TokenBucket(INPUT_RATES.motion),
      again: new TokenBucket(INPUT_RATES.again),
    };
  }

  /** Messages that did not pass, since the gate was opened. */
  get refused(): number {
    return this.#refusedInAll;
  }

  accept(channel: InputChannel, bytes: Uint8Array): void {
    if (this.#state !== 'open') {
      this.#count('input_flood', 'a flood');
      return;
    }
    const now = this.#options.clock.now();
    this.#tick(now);
    let messages = [bytes];
    this.#noting(now, () => {
      if (channel === 'motion') {
        this.#limit(channel, now);
        return;
      }
      messages = [];
      // Before any is refused: the numbers of the copies count what came.
      const next = channel === 'keys' ? this.#keys.take(bytes) : [];
      this.#limit(channel, now);
      messages = channel === 'keys' ? next : this.#keys.takeCopy(bytes);
    });
    for (const message of messages) {
      this.#noting(now, () => this.#judge(channel === 'motion' ? 'motion' : 'keys', message, now));
    }
  }

  /** Does `work` and notes what it throws. */
  #noting(now: number, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof NearcadeError)) throw error;
      this.#count(error.code, error.message);
      if (error.code === 'input_malformed') this.#noteMalformed(error);
      else if (error.code === 'rate_limited') this.#noteOver(now);
    }
  }

  #limit(channel: InputChannel, now: number): void {
    if (!this.#rates[channel].take(now)) throw new NearcadeError('rate_limited', 'too many messages');
  }

  /** Throws what the message is refused with. */
  #judge(channel: InputChannel, bytes: Uint8Array, now: number): void {
    const { sender, may, apply } = this.#options;
    const { role, seat } = sender;
    if (role !== 'player' || seat === null) {
      throw new NearcadeError('forbidden', 'spectators send no input');
    }
    const message = decodeInput(bytes);
    if (CHANNEL_OF[message.kind] !== channel) {
      throw new NearcadeError('input_malformed', `${message.kind} on the channel ${channel}`);
    }
    if ('hand' in message && message.hand > 0) {
      this.#judgeOtherHand(message);
      return;
    }
    const right = RIGHT_OF[message.kind];
    if (right !== null && !may(seat, right)) {
      throw new NearcadeError('forbidden', `seat ${seat} has no right to ${right}`);
    }
    if (message.kind === 'text' && !this.#text.take(now, [...message.text].length)) {
      throw new NearcadeError('rate_limited', 'too much text');
    }
    apply(seat, message);
  }

  /** Another pad at the sender's page: not their seat's right counts, but whose pad it is. */
  #judgeOtherHand(message: PadMessage): void {
    const { sofa, apply } = this.#options;
    if (message.kind === 'padPlug') {
      sofa.plug(message.hand, message.plugged);
      return;
    }
    const seat = sofa.seatOf(message.hand);
    if (seat === undefined) throw new NearcadeError('forbidden', `hand ${message.hand} plays no pad`);
    apply(seat, message);
  }

  #noteMalformed(last: NearcadeError): void {
    this.#malformed += 1;
    if (this.#malformed >= INPUT_MAX_MALFORMED) this.#cut(last);
  }

  #noteOver(now: number): void {
    this.#over += 1;
    if (this.#over < INPUT_FLOOD_PER_S) return;
    this.#over = 0;
    this.#floods = now - this.#heldUntil > FORGIVEN_MS ? 1 : this.#floods + 1;
    if (this.#floods >= INPUT_FLOOD_SECONDS) this.#cut(new NearcadeError('input_flood'));
    else this.#hold(now);
  }

  /** What it pressed before is let go: the release may be among what is thrown away. */
  #hold(now: number): void {
    const { sender, apply, hold, clock } = this.#options;
    this.#state = 'held';
    // What comes on `keys` meanwhile is not counted any more.
    this.#keys.ignoreCopies();
    this.#heldUntil = now + WINDOW_MS;
    if (sender.seat !== null) apply(sender.seat, { kind: 'releaseAll' });
    hold(true);
    clock.after(WINDOW_MS, () => {
      if (this.#state !== 'held') return;
      this.#state = 'open';
      hold(false);
    });
  }

  #cut(error: NearcadeError): void {
    this.#state = 'cut';
    this.#options.hold(true);
    this.#report();
    this.#options.cut(error);
  }

  #tick(now: number): void {
    if (now - this.#windowStart < WINDOW_MS) return;
    this.#report();
    this.#windowStart = now;
    this.#over = 0;
  }

  #report(): void {
    if (this.#refused.count > 0) this.#options.onRefused(this.#refused);
    this.#refused = { count: 0, code: 'internal', why: '' };
  }

  #count(code: ErrorCode, why: string): void {
    this.#refusedInAll += 1;
    this.#refused = { count: this.#refused.count + 1, code, why };
  }
}
