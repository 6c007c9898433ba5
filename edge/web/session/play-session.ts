import { batch, type ReadonlySignal, signal } from '@preact/signals';
import type { Admission, Entry, Queued, Session } from '#shared/api/play.ts';
import { type ErrorCode, NearcadeError } from '#shared/errors.ts';
import type { InputChannel } from '#shared/input.ts';
import type { EndReason } from '#shared/lifecycles.ts';
import { QUEUE_ASK_S } from '#shared/limits.ts';
import type { Phase, ServerMessage, Welcome } from '#shared/signal.ts';
import { type InputPort, type LinkEvents, MediaLink } from './media-link.ts';
import { asEndReason, type LinkFailure, nextStep } from './reconnect-policy.ts';
import type { Notice } from './signal-client.ts';

/** What the player is shown. */
export type PlayState =
  | 'queued'
  | 'connecting'
  | 'starting'
  | 'playing'
  | 'waiting'
  | 'reconnecting'
  | 'ended';
/** `byMe`: this player asked for it. */
export type Ending =
  | { kind: 'over'; reason: EndReason | null; byMe: boolean }
  | { kind: 'stopped'; code: ErrorCode };
export type SeatList = Omit<Extract<ServerMessage, { type: 'seats' }>, 'type'>;

/** How long the node may take to say that the session has ended after the player quit. */
const QUIT_GRACE_MS = 1_500;

/** A link that held this long ends an outage; one that breaks sooner counts as another failed attempt. */
const STABLE_MS = 5_000;

/** Asked again this often while no picture has come. */
const KEY_FRAME_RETRY_MS = 300;

export interface PlaySessionOptions {
  /** A fresh ticket for this player's seat, or the place in the queue, which asking keeps. */
  admit(): Promise<Entry>;
  /** Gives up the place in the queue. */
  leaveQueue(): Promise<void>;
  /** The admission that the click has just fetched, if any. */
  first: Admission | undefined;
}

/**
 * A player's or spectator's stay in a session, across as many links to the node as it takes. Everything that the
 * page shows is a signal; `close` leaves without ending the game.
 */
export class PlaySession {
  readonly #options: PlaySessionOptions;
  readonly #state = signal<PlayState>('connecting');
  readonly #session = signal<Session | null>(null);
  readonly #queue = signal<Queued | null>(null);
  readonly #welcome = signal<Welcome | null>(null);
  readonly #ending = signal<Ending | null>(null);
  readonly #drainDeadline = signal<number | null>(null);
  readonly #seats = signal<SeatList>({ seats: [], spectators: 0 });
  readonly #pointerWanted = signal(false);
  readonly #video = signal<MediaStream | null>(null);
  readonly #audio = signal<MediaStream | null>(null);
  readonly #ports = signal<Partial<Record<InputChannel, InputPort>>>({});
  readonly #roundTripMs = signal<number | null>(null);
  #link: MediaLink | undefined;
  #phase: Phase | undefined;
  #pictureShown = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #keyFrameTimer: ReturnType<typeof setInterval> | undefined;
  #attempt = 0;
  #outageSince: number | undefined;
  #linkSince: number | undefined;
  #quitting = false;
  #closed = false;

  constructor(options: PlaySessionOptions) {
    this.#options = options;
    void this.#connect(options.first);
  }

  get state(): ReadonlySignal<PlayState> {
    return this.#state;
  }
  get session(): ReadonlySignal<Session | null> {
    return this.#session;
  }
  /** The place in the queue, while there is one. */
  get queue(): ReadonlySignal<Queued | null> {
    return this.#queue;
  }
  /** The newest link's welcome: role, seat, picture, keys. */
  get welcome(): ReadonlySignal<Welcome | null> {
    return this.#welcome;
  }
  get ending(): ReadonlySignal<Ending | null> {
    return this.#ending;
  }
  /** Milliseconds since 1970 at which the node goes away; null unless it said so. */
  get drainDeadline(): ReadonlySignal<number | null> {
    return this.#drainDeadline;
  }
  get seats(): ReadonlySignal<SeatList> {
    return this.#seats;
  }
  /** The game has taken the mouse: relative motion under pointer lock. */
  get pointerWanted(): ReadonlySignal<boolean> {
    return this.#pointerWanted;
  }
  get video(): ReadonlySignal<MediaStream | null> {
    return this.#video;
  }
  get audio(): ReadonlySignal<MediaStream | null> {
    return this.#audio;
  }
  /** Open input channels; empty for spectators and while reconnecting. */
  get ports(): ReadonlySignal<Partial<Record<InputChannel, InputPort>>> {
    return this.#ports;
  }
  /** Of the signalling socket. */
  get roundTripMs(): ReadonlySignal<number | null> {
    return this.#roundTripMs;
  }

  stats(): Promise<RTCStatsReport | undefined> {
    return this.#link?.stats() ?? Promise.resolve(undefined);
  }

  /** The page has shown a frame of the current link. */
  pictureShown(): void {
    this.#pictureShown = true;
    clearInterval(this.#keyFrameTimer);
    this.#show();
  }

  /** Tries again now: the player asked, or the network has come back. */
  retryNow(): void {
    if (this.#closed || this.#link) return;
    if (this.#state.peek() === 'ended') {
      this.#ending.value = null;
      this.#outageSince = undefined;
      this.#attempt = 0;
      this.#state.value = 'reconnecting';
    }
    clearTimeout(this.#timer);
    void this.#connect(undefined);
  }

  /** Ends the session when the caller is its host, gives up the seat otherwise. */
  quit(): void {
    this.#quitting = true;
    // Untold, the place is lost by itself a little later.
    if (this.#queue.peek() !== null) void this.#options.leaveQueue().catch(() => {});
    this.#link?.quit();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(this.#over('player_quit')), QUIT_GRACE_MS);
  }

  close(): void {
    this.#closed = true;
    this.#dropLink();
    clearTimeout(this.#timer);
  }

  async #connect(first: Admission | undefined): Promise<void> {
    try {
      const entry = first ?? (await this.#options.admit());
      if (this.#closed || this.#link || this.#ending.peek()) return;
      this.#session.value = entry.session;
      if (entry.kind === 'queued') this.#wait(entry);
      else this.#enter(entry);
    } catch (error) {
      if (!this.#closed) this.#failed(failureOf(error));
    }
  }

  /** Asks again in a while, however often: being in line is no outage. */
  #wait(place: Queued): void {
    batch(() => {
      this.#queue.value = place;
      this.#state.value = 'queued';
    });
    this.#attempt = 0;
    this.#outageSince = undefined;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#connect(undefined), QUEUE_ASK_S * 1000);
  }

  #enter(admission: Admission): void {
    batch(() => {
      if (this.#queue.peek() !== null) this.#state.value = 'connecting';
      this.#queue.value = null;
    });
    this.#linkSince = performance.now();
    this.#link = new MediaLink(admission.signalUrl, admission.ticket, this.#linkEvents());
  }

  /** Bound to the link they are made for: what an older one still says is not heard. */
  #linkEvents(): LinkEvents {
    return {
      notice: message => this.#notice(message),
      roundTrip: ms => {
        this.#roundTripMs.value = ms;
      },
      track: (kind, track) => this.#addTrack(kind, track),
      port: (channel, port) => {
        this.#ports.value = { ...this.#ports.peek(), [channel]: port };
      },
      lost: failure => {
        this.#dropLink();
        if (!this.#closed && !this.#ending.peek()) this.#failed(failure);
      },
    };
  }

  #notice(message: Notice): void {
    switch (message.type) {
      case 'welcome':
        batch(() => {
          this.#welcome.value = message;
          this.#pointerWanted.value = message.pointer === 'relative';
          this.#setPhase(message.phase);
        });
        break;
      case 'phase':
        this.#setPhase(message.phase);
        break;
      case 'seats':
        this.#seats.value = { seats: message.seats, spectators: message.spectators };
        break;
      case 'pointerLock':
        this.#pointerWanted.value = message.locked;
        break;
      case 'draining':
        this.#drainDeadline.value = message.deadline;
        break;
      case 'ended':
        this.#end(this.#over(message.reason));
        break;
      case 'refused':
        break; // The link turns it into its failure.
    }
  }

  #addTrack(kind: 'audio' | 'video', track: MediaStreamTrack): void {
    const stream = new MediaStream([track]);
    if (kind === 'audio') {
      this.#audio.value = stream;
      return;
    }
    this.#video.value = stream;
    clearInterval(this.#keyFrameTimer);
    this.#keyFrameTimer = setInterval(() => {
      if (this.#phase === 'playing') this.#link?.requestKeyFrame();
    }, KEY_FRAME_RETRY_MS);
  }

  #setPhase(phase: Phase): void {
    this.#phase = phase;
    this.#show();
  }

  /** Playing means that the game runs and its picture is there. */
  #show(): void {
    if (this.#ending.peek() || !this.#phase) return;
    if (this.#phase !== 'playing') this.#state.value = this.#phase;
    else if (this.#pictureShown) this.#state.value = 'playing';
  }

  #failed(failure: LinkFailure): void {
    const now = performance.now();
    if (this.#linkSince !== undefined && now - this.#linkSince >= STABLE_MS) {
      this.#attempt = 0;
      this.#outageSince = undefined;
    }
    this.#linkSince = undefined;
    this.#outageSince ??= now;
    const step = nextStep(failure, this.#attempt, now - this.#outageSince, Math.random());
    this.#attempt += 1;
    if (step.kind === 'ended') this.#end(this.#over(step.reason));
    else if (step.kind === 'giveUp') this.#end({ kind: 'stopped', code: step.code });
    else {
      if (this.#welcome.peek()) this.#state.value = 'reconnecting';
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#connect(undefined), step.delayMs);
    }
  }

  #over(reason: EndReason | null): Ending {
    return { kind: 'over', reason, byMe: this.#quitting };
  }

  #end(ending: Ending): void {
    if (this.#ending.peek()) return;
    batch(() => {
      this.#ending.value = ending;
      this.#state.value = 'ended';
      this.#drainDeadline.value = null;
    });
    clearTimeout(this.#timer);
    this.#dropLink();
  }

  /** The last picture stays on the video element until the next link's arrives. */
  #dropLink(): void {
    clearInterval(this.#keyFrameTimer);
    this.#phase = undefined;
    this.#pictureShown = false;
    this.#ports.value = {};
    const link = this.#link;
    this.#link = undefined;
    link?.close();
  }
}

function failureOf(error: unknown): LinkFailure {
  if (!(error instanceof NearcadeError)) return { kind: 'error', code: 'internal' };
  const endReason = asEndReason(error.details?.endReason);
  return { kind: 'error', code: error.code, ...(endReason === null ? {} : { endReason }) };
}
