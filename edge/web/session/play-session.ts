import { batch, type ReadonlySignal } from '@preact/signals';
import type { Admission, Entry, Queued, Session } from '#shared/api/play.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { InputChannel } from '#shared/input.ts';
import type { LayoutId } from '#shared/keyboard-layouts.ts';
import type { EndReason } from '#shared/lifecycles.ts';
import { QUEUE_ASK_S } from '#shared/limits.ts';
import type { Rumble } from '#shared/pads.ts';
import type { QualityBounds } from '#shared/quality.ts';
import type { Welcome } from '#shared/signal.ts';
import type { SeatsPlayed } from '../input/gamepads.ts';
import { GameSaves } from './game-saves.ts';
import { type InputPort, type LinkEvents, MediaLink } from './media-link.ts';
import { Outages } from './outages.ts';
import type { Ending, PlayState, SeatList, SessionNews } from './play-state.ts';
import { asEndReason, type LinkFailure } from './reconnect-policy.ts';
import { SessionRecording } from './session-recording.ts';
import { SessionView } from './session-view.ts';
import type { Ask, Notice } from './signal-client.ts';
import { VoiceChat, type VoiceChatOptions } from './voice/voice-chat.ts';

/** How long the node may take to say that the session has ended after the player quit. */
const QUIT_GRACE_MS = 1_500;

/** The same when it has said that it is saving the game. */
const SAVING_GRACE_MS = 20_000;

/** Asked again this often while no picture has come. */
const KEY_FRAME_RETRY_MS = 300;

export interface PlaySessionOptions {
  /** A fresh ticket for this player's seat, or the place in the queue, which asking keeps. */
  admit(): Promise<Entry>;
  /** Gives up the place in the queue. */
  leaveQueue(): Promise<void>;
  /** How the player talks, and who they are. */
  voice: Pick<VoiceChatOptions, 'settings' | 'me'>;
  /** The admission that the click has just fetched, if any. */
  first: Admission | undefined;
}

/**
 * A player's or spectator's stay in a session, across as many links to the node as it takes. Everything that the
 * page shows is a signal; `close` leaves without ending the game.
 */
export class PlaySession {
  readonly #options: PlaySessionOptions;
  readonly #view = new SessionView();
  readonly #outages = new Outages();
  readonly state: ReadonlySignal<PlayState> = this.#view.state;
  readonly session: ReadonlySignal<Session | null> = this.#view.session;
  /** The place in the queue, while there is one. */
  readonly queue: ReadonlySignal<Queued | null> = this.#view.queue;
  /** The newest link's welcome: role, seat, picture, keys. */
  readonly welcome: ReadonlySignal<Welcome | null> = this.#view.welcome;
  readonly ending: ReadonlySignal<Ending | null> = this.#view.ending;
  /** Milliseconds since 1970 at which the node goes away; null unless it said so. */
  readonly drainDeadline: ReadonlySignal<number | null> = this.#view.drainDeadline;
  readonly seats: ReadonlySignal<SeatList> = this.#view.seats;
  /** The game has taken the mouse: relative motion under pointer lock. */
  readonly pointerWanted: ReadonlySignal<boolean> = this.#view.pointerWanted;
  readonly video: ReadonlySignal<MediaStream | null> = this.#view.video;
  readonly audio: ReadonlySignal<MediaStream | null> = this.#view.audio;
  /** Open input channels; empty for spectators and while reconnecting. */
  readonly ports: ReadonlySignal<Partial<Record<InputChannel, InputPort>>> = this.#view.ports;
  /** What the game has the motors of the pad in each hand do. */
  readonly rumbles: ReadonlySignal<readonly Rumble[]> = this.#view.rumbles;
  /** The seats whose pads are played by those in the hands beside the player's own. */
  readonly padSeats: ReadonlySignal<SeatsPlayed> = this.#view.padSeats;
  /** Of the signalling socket. */
  readonly roundTripMs: ReadonlySignal<number | null> = this.#view.roundTripMs;

  /** The members' talk. */
  readonly voice: VoiceChat;
  /** What is saved of the game. */
  readonly saves: GameSaves;
  /** Who records the session. */
  readonly recording: SessionRecording;

  #link: MediaLink | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #keyFrameTimer: ReturnType<typeof setInterval> | undefined;
  #quitting = false;
  #closed = false;

  constructor(options: PlaySessionOptions) {
    this.#options = options;
    this.voice = new VoiceChat({ ...options.voice, ask: ask => this.#ask(ask) });
    this.saves = new GameSaves(ask => this.#ask(ask));
    this.recording = new SessionRecording(ask => this.#ask(ask));
    void this.#connect(options.first);
  }

  stats(): Promise<RTCStatsReport | undefined> {
    return this.#link?.stats() ?? Promise.resolve(undefined);
  }

  /** Counts while there is a link; each new one has to be told. */
  boundQuality(bounds: QualityBounds): void {
    this.#link?.boundQuality(bounds);
  }

  /** What the player's keys say. Counts while there is a link, too. */
  tellLayout(layout: LayoutId): void {
    this.#link?.tellLayout(layout);
  }

  /** The page has shown a frame of the current link. */
  pictureShown(): void {
    clearInterval(this.#keyFrameTimer);
    this.#view.pictureShown();
  }

  /** Tries again now: the player asked, or the network has come back. */
  retryNow(): void {
    if (this.#closed || this.#link) return;
    if (this.#view.state.peek() === 'ended') {
      this.#view.ending.value = null;
      this.#outages.forget();
      this.#view.state.value = this.#view.welcome.peek() ? 'reconnecting' : 'connecting';
    }
    void this.#connect(undefined);
  }

  /** Ends the session when the caller is its host, gives up the seat or the place in the queue otherwise. */
  quit(): void {
    this.#quitting = true;
    clearTimeout(this.#timer);
    if (this.#view.state.peek() === 'queued') {
      // Untold, the place is lost by itself a little later.
      void this.#options.leaveQueue().catch(() => {});
      this.#end(this.#over('queue_left'));
      return;
    }
    this.#link?.quit();
    this.#timer = setTimeout(() => this.#end(this.#over('player_quit')), QUIT_GRACE_MS);
  }

  /** What the platform tells beside the node: while there is a link, the node says more, and sooner. */
  hear(news: SessionNews): void {
    if (this.#closed || this.#view.ending.peek()) return;
    switch (news.kind) {
      case 'moved': {
        const place = this.#view.queue.peek();
        if (place !== null) this.#view.queue.value = { ...place, ...news.place };
        break;
      }
      case 'ready':
        if (!this.#link) void this.#connect(undefined);
        break;
      case 'over':
        this.#end(this.#over(news.reason));
        break;
      case 'elsewhere':
        // Else both devices would take it from each other, again and again.
        if (!this.#link) this.#end({ kind: 'stopped', code: 'replaced' });
        break;
    }
  }

  close(): void {
    this.#closed = true;
    this.#dropLink();
    this.voice.close();
    clearTimeout(this.#timer);
  }

  async #connect(first: Admission | undefined): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const entry = first ?? (await this.#options.admit());
      if (this.#closed || this.#link || this.#view.ending.peek()) return;
      this.#view.session.value = entry.session;
      if (entry.kind === 'queued') this.#wait(entry);
      else this.#enter(entry);
    } catch (error) {
      if (!this.#closed) this.#failed(failureOf(error));
    }
  }

  /** Asks again in a while, however often: being in line is no outage. */
  #wait(place: Queued): void {
    batch(() => {
      this.#view.queue.value = place;
      this.#view.state.value = 'queued';
    });
    this.#outages.forget();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#connect(undefined), QUEUE_ASK_S * 1000);
  }

  #enter(admission: Admission): void {
    clearTimeout(this.#timer);
    batch(() => {
      this.#view.drainDeadline.value = null;
      if (this.#view.queue.peek() !== null) this.#view.state.value = 'connecting';
      this.#view.queue.value = null;
    });
    this.#outages.linkBegun();
    this.#link = new MediaLink(admission.signalUrl, admission.ticket, this.#linkEvents());
  }

  /** Bound to the link they are made for: what an older one still says is not heard. */
  #linkEvents(): LinkEvents {
    return {
      notice: message => this.#notice(message),
      roundTrip: ms => {
        this.#view.roundTripMs.value = ms;
      },
      track: (kind, track) => this.#addTrack(kind, track),
      port: (channel, port) => {
        this.#view.ports.value = { ...this.#view.ports.peek(), [channel]: port };
      },
      portsClosed: () => {
        this.#view.ports.value = {};
      },
      lost: failure => {
        this.#dropLink();
        if (!this.#closed && !this.#view.ending.peek()) this.#failed(failure);
      },
    };
  }

  #ask(ask: Ask): Promise<unknown> {
    return this.#link?.ask(ask) ?? Promise.reject(new NearcadeError('unavailable', 'There is no link'));
  }

  #notice(message: Notice): void {
    this.#view.hear(message);
    this.voice.hear(message);
    this.saves.hear(message);
    this.recording.hear(message);
    switch (message.type) {
      case 'ended':
        this.#end(this.#over(message.reason));
        break;
      case 'saving':
        if (!this.#quitting) break;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#end(this.#over('player_quit')), SAVING_GRACE_MS);
        break;
      case 'inputRefused':
        console.warn(`The node refused ${message.count} input messages: ${message.code}`);
        break;
    }
  }

  #addTrack(kind: 'audio' | 'video', track: MediaStreamTrack): void {
    this.#view.addTrack(kind, track);
    if (kind === 'audio') return;
    clearInterval(this.#keyFrameTimer);
    this.#keyFrameTimer = setInterval(() => {
      if (this.#view.gameRuns) this.#link?.requestKeyFrame();
    }, KEY_FRAME_RETRY_MS);
  }

  #failed(failure: LinkFailure): void {
    const step = this.#outages.next(failure);
    if (step.kind === 'ended') this.#end(this.#over(step.reason));
    else if (step.kind === 'giveUp') this.#end({ kind: 'stopped', code: step.code });
    else {
      if (this.#view.welcome.peek()) this.#view.state.value = 'reconnecting';
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#connect(undefined), step.delayMs);
    }
  }

  #over(reason: EndReason | null): Ending {
    return { kind: 'over', reason, byMe: this.#quitting };
  }

  #end(ending: Ending): void {
    if (!this.#view.end(ending)) return;
    clearTimeout(this.#timer);
    this.voice.turnOff();
    this.#dropLink();
  }

  #dropLink(): void {
    clearInterval(this.#keyFrameTimer);
    this.#view.linkDropped();
    this.voice.drop();
    this.saves.drop();
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
