import { setTimeout as sleep } from 'node:timers/promises';
import { NearcadeError } from '#shared/errors.ts';
import { MAX_SPECTATORS } from '#shared/limits.ts';
import type { RelayWay } from '#shared/relay.ts';
import { CLOSE, SIGNAL_PROTOCOL } from '#shared/signal.ts';
import type { AdmissionMedia } from '../agent/admission.ts';
import type { Participant } from '../agent/participant.ts';
import { SERVICE_RESTART } from '../agent/session.ts';
import type { Config } from '../config.ts';
import { backoffMs } from '../fleet/backoff.ts';
import type { Logger } from '../log.ts';
import type { Workers } from '../sfu/workers.ts';
import { OriginLine } from './origin-line.ts';
import { connectPipe, describePipe } from './pipe.ts';
import type { FromOrigin } from './protocol.ts';
import { RelayStage } from './relay-stage.ts';
import { RelayedSpectator } from './relayed-spectator.ts';

const RETRY_FIRST_MS = 300;
const RETRY_MOST_MS = 5000;

/** Milliseconds that spectators are kept while the session's node cannot be reached: as long as the edge needs to give it up, and more. */
const GIVE_UP_MS = 60_000;

/** Milliseconds that who comes now waits for a line: less than their socket may be silent. */
const ADMIT_DEADLINE_MS = 4000;

/** Codes by which edge and origin say that there is nothing to come back to. */
const OVER: readonly string[] = ['session_over', 'session_not_found', 'session_not_held', 'epoch_stale'];

export interface RelaySessionOptions {
  sessionId: string;
  epoch: number;
  workers: Workers;
  rtc: Config['rtc'];
  /** A fresh ticket and the address of the session's node, from the edge. */
  way: (sessionId: string) => Promise<RelayWay>;
  onClose: () => void;
  log: Logger;
}

interface Link {
  line: OriginLine;
  stage: RelayStage;
}

/** A session of another node that this one shows: one line and one pipe to there, however many watch here. */
export class RelaySession {
  readonly #options: RelaySessionOptions;
  readonly #spectators = new Map<number, RelayedSpectator>();
  readonly #stop = new AbortController();
  #link = Promise.withResolvers<Link>();
  #nextChannel = 0;
  #coming = 0;

  constructor(options: RelaySessionOptions) {
    this.#options = options;
    this.#link.promise.catch(() => undefined);
    void this.#run();
  }

  get spectators(): number {
    return this.#spectators.size;
  }

  /** Lets a spectator in whose ticket was checked here; the session's node checks it again. */
  async admit(
    ticket: string,
    participant: Participant,
    codecs?: AdmissionMedia['codecs'],
  ): Promise<RelayedSpectator> {
    if (this.#spectators.size + this.#coming >= MAX_SPECTATORS) throw new NearcadeError('spectators_full');
    this.#coming += 1;
    try {
      const { line } = await this.#linked();
      const channel = this.#nextChannel++;
      const spectator = new RelayedSpectator({
        channel,
        participant,
        codecs,
        forward: text => line.send({ type: 'message', channel, text }),
        onLeave: () => {
          line.send({ type: 'close', channel });
          this.#spectators.delete(channel);
          this.#closeIfEmpty();
        },
      });
      this.#spectators.set(channel, spectator);
      line.send({ type: 'open', channel });
      line.send({
        type: 'message',
        channel,
        text: JSON.stringify({ type: 'hello', protocol: SIGNAL_PROTOCOL, ticket }),
      });
      return spectator;
    } finally {
      this.#coming -= 1;
      this.#closeIfEmpty();
    }
  }

  /** Sends everybody away; `reason` as in CLOSE or RFC 6455. Idempotent. */
  close(code: number = SERVICE_RESTART, reason = 'reconnect'): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#link.promise.then(closeLink, () => undefined);
    this.#link.reject(new NearcadeError('session_over'));
    for (const { participant } of [...this.#spectators.values()]) participant.close(code, reason);
    this.#options.onClose();
  }

  async #run(): Promise<void> {
    const { log, sessionId } = this.#options;
    let lostAt = performance.now();
    for (let attempt = 0; !this.#stop.signal.aborted; attempt++) {
      const before = [...this.#spectators.values()];
      try {
        const { lost } = await this.#connect();
        log.info({ sessionId }, 'relaying the session');
        // Who was here before comes anew: their streams, and their place at the session's node, are of the older line.
        for (const { participant } of before) participant.close(SERVICE_RESTART, 'reconnect');
        const code = await lost;
        attempt = -1;
        lostAt = performance.now();
        if (code === CLOSE.ended) await this.#end();
        else this.#tellLost();
      } catch (error) {
        const code = error instanceof NearcadeError ? error.code : 'internal';
        log.warn({ err: error, sessionId, attempt }, 'the session’s node cannot be reached');
        if (OVER.includes(code) || performance.now() - lostAt > GIVE_UP_MS) await this.#end();
      }
      const ms = backoffMs(Math.max(0, attempt), RETRY_FIRST_MS, RETRY_MOST_MS, Math.random);
      await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  /** Sets line and pipe up. `lost` settles with the close code when they are lost. */
  async #connect(): Promise<{ lost: Promise<number> }> {
    const { workers, rtc, way, sessionId, epoch, log } = this.#options;
    const { ticket, signalUrl, epoch: current } = await way(sessionId);
    if (current !== epoch) throw new NearcadeError('epoch_stale');
    const stage = await RelayStage.open(workers, rtc);
    const lost = Promise.withResolvers<number>();
    try {
      const { line, pipe } = await OriginLine.open({
        signalUrl,
        ticket,
        pipe: localAddress => describePipe(stage.pipe, rtc, localAddress),
        onMessage: message => this.#take(stage, message),
        onLost: code => {
          stage.close();
          lost.resolve(code);
        },
        log,
      });
      stage.onLost(() => line.close());
      await connectPipe(stage.pipe, pipe);
      if (this.#stop.signal.aborted) line.close();
      this.#link.resolve({ line, stage });
      return { lost: lost.promise };
    } catch (error) {
      stage.close();
      throw error;
    }
  }

  #take(stage: RelayStage, message: FromOrigin): void {
    if (message.type === 'streams') {
      stage.receive(message.video.rtpParameters, message.audio.rtpParameters).catch((error: unknown) => {
        this.#options.log.error({ err: error }, 'the streams of the session’s node cannot be taken');
      });
    } else if (message.type === 'message') {
      const spectator = this.#spectators.get(message.channel);
      void spectator?.inTurn(() => this.#pass(stage, spectator, message.text));
    } else if (message.type === 'close') {
      const spectator = this.#spectators.get(message.channel);
      void spectator?.inTurn(() => spectator.participant.close(message.code, message.reason));
    }
  }

  async #pass(stage: RelayStage, spectator: RelayedSpectator, text: string): Promise<void> {
    const said = spectator.receive(text);
    if (said === undefined) return;
    if (said.type !== 'welcome') {
      spectator.participant.send(said);
      return;
    }
    try {
      const viewer = await stage.openViewer(spectator.codecs);
      const codec = await stage.codec();
      // One worker of several. When the whole stage goes they are told, and wait.
      viewer.onLost(() => {
        if (!stage.closed) spectator.participant.close(SERVICE_RESTART, 'worker_lost');
      });
      spectator.welcome(said, { viewer, codec }, stage.rtpCapabilities);
    } catch (error) {
      this.#options.log.warn({ err: error }, 'a relayed spectator cannot be served');
      spectator.participant.close(SERVICE_RESTART, 'not_served');
    }
  }

  #tellLost(): void {
    this.#link = Promise.withResolvers();
    this.#link.promise.catch(() => undefined);
    for (const { participant } of this.#spectators.values()) participant.send({ type: 'relayLost' });
    this.#closeIfEmpty();
  }

  /**
   * There is no session any more, or not here: their pages ask the edge what has become of it. Who is still to hear from the session's
   * node why it ended hears that first.
   */
  async #end(): Promise<void> {
    const leaving = [...this.#spectators.values()];
    await Promise.all(
      leaving.map(spectator =>
        spectator.inTurn(() => spectator.participant.close(SERVICE_RESTART, 'session_gone')),
      ),
    );
    this.close(SERVICE_RESTART, 'session_gone');
  }

  async #linked(): Promise<Link> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new NearcadeError('unavailable', 'The session’s node cannot be reached')),
      ADMIT_DEADLINE_MS,
    );
    try {
      return await Promise.race([this.#link.promise, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #closeIfEmpty(): void {
    if (this.#spectators.size === 0 && this.#coming === 0) this.close();
  }
}

function closeLink({ line, stage }: Link): void {
  line.close();
  stage.close();
}
