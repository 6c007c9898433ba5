import { effect, type ReadonlySignal, signal } from '@preact/signals';
import type { PresencePlace } from '#shared/api/presence.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { CutReason, LiveEvent, LiveEventType } from '#shared/live.ts';
import {
  cutReasonSchema,
  LIVE_CLOSE,
  LIVE_PONG_TIMEOUT_S,
  LIVE_PROTOCOL,
  LIVE_SUBPROTOCOL,
  LIVE_TOKEN_PREFIX,
} from '#shared/live-protocol.ts';
import type { Access } from '../api/access.ts';
import { randomId } from '../api/ids.ts';
import { LiveConnection, type LiveNotice } from './live-connection.ts';
import { LIVE_RETRY_LIMITS, type LiveRetryLimits, nextLiveStep } from './live-policy.ts';

export type LiveState =
  /** Nobody is signed in. */
  | 'off'
  /** No welcome yet, or none again. */
  | 'connecting'
  | 'live'
  /** It does not come back by itself: this page was replaced, or is too old. */
  | 'stopped';

export type LiveHandler<T extends LiveEventType> = (event: Extract<LiveEvent, { type: T }>) => void;

/** What is not an event of its own. */
export interface LiveNews {
  /** The platform has ended this sign-in, and there is no other: `access` says so too. */
  cut(reason: CutReason): void;
  /** The platform speaks a newer protocol than this page. */
  outdated(): void;
}

export interface LiveClientOptions {
  access: Access;
  /** `wss://play.example.com/v1/live` */
  address: string;
  news: LiveNews;
  open?: (address: string, protocols: string[]) => WebSocket;
  random?: () => number;
  limits?: LiveRetryLimits;
  /** Without a pong for so long the socket counts as dead. */
  pongTimeoutMs?: number;
}

/** Where who plays nothing is. */
export const IN_MENUS: PresencePlace = { status: 'online', sessionId: null, joinable: false };

/**
 * The player's live socket for as long as somebody is signed in and the page is open: comes back after a loss, resumes, shows
 * each fresh access token, and hands each event once to whoever asked for its type.
 */
export class LiveClient {
  readonly #options: Required<LiveClientOptions>;
  readonly #state = signal<LiveState>('off');
  readonly #handlers = new Map<LiveEventType, Set<(event: LiveEvent) => void>>();
  readonly #freshHandlers = new Set<() => void>();
  /** Every page is a device of its own: two tabs do not put each other out. */
  readonly #deviceId = randomId();
  readonly #disposals: (() => void)[];
  #place = IN_MENUS;
  #connection: LiveConnection | undefined;
  /** What the hub has been told last. */
  #told: { place: PresencePlace; token: string } | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  /** Why the hub has closed the last socket, if the sign-in had ended. */
  #cut: CutReason | undefined;
  #resume: { streamId: string; seq: number } | null = null;
  #attempt = 0;
  /** Counts sign-ins: what was begun for an earlier one is dropped. */
  #era = 0;

  constructor(options: LiveClientOptions) {
    this.#options = {
      open: (address, protocols) => new WebSocket(address, protocols),
      random: Math.random,
      limits: LIVE_RETRY_LIMITS,
      pongTimeoutMs: LIVE_PONG_TIMEOUT_S * 1000,
      ...options,
    };
    const { access } = options;
    this.#disposals = [
      effect(() => {
        if (access.state.value.kind !== 'in') return undefined;
        this.#start();
        return () => this.#stop('off');
      }),
      effect(() => {
        void access.currentToken.value;
        this.#tell();
      }),
    ];
  }

  get state(): ReadonlySignal<LiveState> {
    return this.#state;
  }

  /** Calls `handler` with each event of that type, once; answers how to stop that. */
  on<T extends LiveEventType>(type: T, handler: LiveHandler<T>): () => void {
    const handlers = this.#handlers.get(type) ?? new Set();
    this.#handlers.set(type, handlers);
    const any = handler as (event: LiveEvent) => void;
    handlers.add(any);
    return () => void handlers.delete(any);
  }

  /**
   * Calls `handler` whenever what is shown may be out of date, since events were missed or there were none before: read it
   * again. Answers how to stop that.
   */
  onFresh(handler: () => void): () => void {
    this.#freshHandlers.add(handler);
    return () => void this.#freshHandlers.delete(handler);
  }

  /** Says where the player is on this page. */
  setPlace(place: PresencePlace): void {
    this.#place = place;
    this.#tell();
  }

  /** The network is back, or the page is seen again: does not wait out a delay, and notices a dead socket soon. */
  wake(): void {
    if (this.#state.peek() === 'live') this.#connection?.ping();
    else if (this.#retry !== undefined) void this.#connect(this.#era, false);
  }

  close(): void {
    for (const dispose of this.#disposals) dispose();
    this.#stop('off');
  }

  #start(): void {
    this.#era += 1;
    this.#attempt = 0;
    this.#cut = undefined;
    this.#resume = null;
    this.#state.value = 'connecting';
    void this.#connect(this.#era, false);
  }

  #stop(state: 'off' | 'stopped'): void {
    this.#era += 1;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close();
    this.#state.value = state;
  }

  async #connect(era: number, renewed: boolean): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const { access, address, news, open } = this.#options;
    try {
      const good = renewed ? await access.refresh() : await access.ensureFresh();
      if (!good && this.#cut !== undefined) news.cut(this.#cut);
      if (era !== this.#era) return;
    } catch (error) {
      // Kept out for now, while the sign-in goes on: asked again until they are let in.
      if (isDenied(error) && this.#cut !== undefined) {
        news.cut(this.#cut);
        this.#cut = undefined;
      }
      // Or the platform could not be asked; the socket would not get through either.
      if (era === this.#era) this.#lost(era, 1006, '');
      return;
    }
    const token = access.currentToken.peek();
    if (token === undefined) return;
    const socket = open(address, [LIVE_SUBPROTOCOL, `${LIVE_TOKEN_PREFIX}${token}`]);
    const connection = new LiveConnection(
      socket,
      {
        opened: () => this.#greet(connection, token),
        notice: notice => {
          if (this.#connection === connection) this.#heed(notice);
        },
        closed: (code, reason) => {
          if (this.#connection === connection) this.#lost(era, code, reason);
        },
      },
      this.#options.pongTimeoutMs,
    );
    this.#connection = connection;
  }

  #greet(connection: LiveConnection, token: string): void {
    const place = this.#place;
    this.#told = { place, token };
    connection.send({
      type: 'hello',
      protocol: LIVE_PROTOCOL,
      deviceId: this.#deviceId,
      resume: this.#resume,
      place,
      region: null,
    });
  }

  /** What has changed since the hub was told. */
  #tell(): void {
    if (this.#state.peek() !== 'live' || this.#told === undefined) return;
    const place = this.#place;
    const token = this.#options.access.currentToken.peek() ?? this.#told.token;
    if (place !== this.#told.place) this.#connection?.send({ type: 'place', place });
    if (token !== this.#told.token) this.#connection?.send({ type: 'renew', token });
    this.#told = { place, token };
  }

  #heed(notice: LiveNotice): void {
    switch (notice.type) {
      case 'welcome':
        this.#attempt = 0;
        this.#cut = undefined;
        this.#state.value = 'live';
        this.#tell();
        if (notice.resumed) return;
        this.#resume = { streamId: notice.streamId, seq: notice.seq };
        this.#refreshAll();
        return;
      case 'event':
        if (this.#isNext(notice.seq)) this.#hand(notice.event);
        return;
      case 'unknown':
        this.#isNext(notice.seq);
        return;
      case 'closing':
      case 'renewed':
    }
  }

  /** False for what has been there already. After a gap, which there should not be, everything is read again. */
  #isNext(seq: number): boolean {
    if (this.#resume === null || seq <= this.#resume.seq) return false;
    const gap = seq > this.#resume.seq + 1;
    this.#resume = { ...this.#resume, seq };
    if (gap) this.#refreshAll();
    return true;
  }

  #refreshAll(): void {
    for (const handler of this.#freshHandlers) handler();
  }

  #hand(event: LiveEvent): void {
    for (const handler of this.#handlers.get(event.type) ?? []) {
      try {
        handler(event);
      } catch (error) {
        console.error('An event was not handled', event.type, error);
      }
    }
  }

  #lost(era: number, code: number, reason: string): void {
    this.#connection = undefined;
    if (code === LIVE_CLOSE.cut) this.#cut = cutReasonSchema.safeParse(reason).data;
    const { random, limits, news } = this.#options;
    const step = nextLiveStep(code, this.#attempt, random(), limits);
    if (step.kind === 'stop') {
      this.#stop('stopped');
      if (step.why === 'outdated') news.outdated();
      return;
    }
    this.#attempt += 1;
    this.#state.value = 'connecting';
    this.#retry = setTimeout(() => void this.#connect(era, step.renewed), step.delayMs);
  }
}

const isDenied = (error: unknown) => error instanceof NearcadeError && error.code === 'access_denied';
