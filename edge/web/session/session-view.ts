import { batch, signal } from '@preact/signals';
import type { Queued, Session } from '#shared/api/play.ts';
import type { InputChannel } from '#shared/input.ts';
import { MAX_PADS, NO_RUMBLE, type Rumble } from '#shared/pads.ts';
import type { Phase, Welcome } from '#shared/signal.ts';
import type { SeatsPlayed } from '../input/gamepads.ts';
import type { InputPort } from './media-link.ts';
import type { Ending, PlayState, SeatList } from './play-state.ts';
import type { Notice } from './signal-client.ts';

const NO_RUMBLES: readonly Rumble[] = Array.from({ length: MAX_PADS }, () => NO_RUMBLE);

/** What the page shows of a stay in a session, and what the node says of it. Written by its `PlaySession`, read by everybody. */
export class SessionView {
  readonly state = signal<PlayState>('connecting');
  readonly session = signal<Session | null>(null);
  readonly queue = signal<Queued | null>(null);
  readonly welcome = signal<Welcome | null>(null);
  readonly ending = signal<Ending | null>(null);
  readonly drainDeadline = signal<number | null>(null);
  readonly seats = signal<SeatList>({ seats: [], spectators: 0 });
  readonly pointerWanted = signal(false);
  readonly video = signal<MediaStream | null>(null);
  readonly audio = signal<MediaStream | null>(null);
  readonly ports = signal<Partial<Record<InputChannel, InputPort>>>({});
  readonly roundTripMs = signal<number | null>(null);
  /** Of the pad in each hand; a new object with each time that the node says so. */
  readonly rumbles = signal(NO_RUMBLES);
  /** By hand from 1: the seat whose pad it plays. */
  readonly padSeats = signal<SeatsPlayed>([]);
  #phase: Phase | undefined;
  #pictureShown = false;

  /** The game runs, as far as the current link has said. */
  get gameRuns(): boolean {
    return this.#phase === 'playing';
  }

  /** What changes nothing here is somebody else's. */
  hear(message: Notice): void {
    switch (message.type) {
      case 'welcome':
        batch(() => {
          this.welcome.value = message;
          this.pointerWanted.value = message.pointer === 'relative';
          this.#setPhase(message.phase);
        });
        break;
      case 'place': {
        const { type: _, ...place } = message;
        this.#changeWelcome(place);
        break;
      }
      case 'rights':
        this.#changeWelcome({ rights: message.rights });
        break;
      case 'phase':
        this.#setPhase(message.phase);
        break;
      case 'seats':
        this.seats.value = { seats: message.seats, spectators: message.spectators };
        break;
      case 'pointerLock':
        this.pointerWanted.value = message.locked;
        break;
      case 'rumble':
        this.rumbles.value = this.rumbles.peek().with(message.hand, { low: message.low, high: message.high });
        break;
      case 'pads':
        this.padSeats.value = message.seats;
        break;
      case 'draining':
        this.drainDeadline.value = message.deadline;
        break;
      case 'relayLost':
        // The relay cuts the link when it has found the session again, or given it up.
        this.state.value = 'reconnecting';
        break;
    }
  }

  addTrack(kind: 'audio' | 'video', track: MediaStreamTrack): void {
    this[kind].value = new MediaStream([track]);
  }

  /** The page has shown a frame of the current link. */
  pictureShown(): void {
    this.#pictureShown = true;
    this.#show();
  }

  /** The last picture stays on the video element until the next link's arrives. */
  linkDropped(): void {
    this.#phase = undefined;
    this.#pictureShown = false;
    this.ports.value = {};
    this.rumbles.value = NO_RUMBLES;
    this.padSeats.value = [];
  }

  /** False when it had ended before. */
  end(ending: Ending): boolean {
    if (this.ending.peek()) return false;
    batch(() => {
      this.ending.value = ending;
      this.state.value = 'ended';
      this.drainDeadline.value = null;
    });
    return true;
  }

  #changeWelcome(change: Partial<Welcome>): void {
    const welcome = this.welcome.peek();
    if (welcome !== null) this.welcome.value = { ...welcome, ...change };
  }

  #setPhase(phase: Phase): void {
    this.#phase = phase;
    this.#show();
  }

  /** Playing means that the game runs and its picture is there. */
  #show(): void {
    if (this.ending.peek() || !this.#phase) return;
    if (this.#phase !== 'playing') this.state.value = this.#phase;
    else if (this.#pictureShown) this.state.value = 'playing';
  }
}
