import { CHANNEL_OF, decodeInput, type InputChannel, type InputMessage } from '#shared/input.ts';
import { INPUT_MAX_PER_S } from '#shared/limits.ts';
import { RIGHT_OF, type SeatRight } from '#shared/seat-rights.ts';
import type { Clock } from '../clock.ts';
import type { Participant } from './participant.ts';

export interface InputGateOptions {
  /** Who sends: read at each message, since the host may move them. */
  sender: Readonly<Pick<Participant, 'role' | 'seat'>>;
  /** Whether the seat has the right now. */
  may: (seat: number, right: SeatRight) => boolean;
  /** Takes what may pass. Seats count from 1. */
  apply: (seat: number, message: InputMessage) => void;
  /** Told at most once a second what was dropped. */
  onRefused: (refused: number, why: string) => void;
  clock: Clock;
}

const WINDOW_MS = 1000;

/** What stands between a viewer's data channels and the game: role, rate, form and right of each message. Nothing here waits. */
export class InputGate {
  readonly #options: InputGateOptions;
  #windowStart = 0;
  #inWindow = 0;
  #refused = 0;
  #why = '';
  #refusedInAll = 0;

  constructor(options: InputGateOptions) {
    this.#options = options;
  }

  /** Messages that did not pass, since the gate was opened. */
  get refused(): number {
    return this.#refusedInAll;
  }

  accept(channel: InputChannel, bytes: Uint8Array): void {
    this.#tick();
    const { sender, may, apply } = this.#options;
    const { role, seat } = sender;
    if (role !== 'player' || seat === null) {
      this.#refuse('spectators send no input');
      return;
    }
    this.#inWindow += 1;
    if (this.#inWindow > INPUT_MAX_PER_S) {
      this.#refuse('too many messages');
      return;
    }
    let message: InputMessage;
    try {
      message = decodeInput(bytes);
    } catch {
      this.#refuse('malformed');
      return;
    }
    if (CHANNEL_OF[message.kind] !== channel) {
      this.#refuse(`${message.kind} on the channel ${channel}`);
      return;
    }
    const right = RIGHT_OF[message.kind];
    if (right !== null && !may(seat, right)) {
      this.#refuse(`seat ${seat} has no right to ${right}`);
      return;
    }
    apply(seat, message);
  }

  #tick(): void {
    const now = this.#options.clock.now();
    if (now - this.#windowStart < WINDOW_MS) return;
    if (this.#refused > 0) this.#options.onRefused(this.#refused, this.#why);
    this.#windowStart = now;
    this.#inWindow = 0;
    this.#refused = 0;
  }

  #refuse(why: string): void {
    this.#refused += 1;
    this.#refusedInAll += 1;
    this.#why = why;
  }
}
