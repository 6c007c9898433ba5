import type { types } from 'mediasoup';
import { NearcadeError } from '#shared/errors.ts';
import type { ConsumerInfo, TransportInfo } from '#shared/signal.ts';
import type { Voice } from '#shared/voice.ts';
import type { Participant } from '../../agent/participant.ts';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { describeTransport, openTransport } from '../transports.ts';
import { FloodWatch } from './flood-watch.ts';
import { micParameters } from './mic-parameters.ts';

/** Milliseconds for which who flooded may not speak again. */
const FLOOD_PAUSE_MS = 30_000;

export interface VoiceMemberOptions {
  participant: Participant;
  rtc: Config['rtc'];
  clock: Clock;
  /** What others see of this member has changed. */
  onChange: () => void;
}

/** One member's part in the talk: a transport to hear on, one for the microphone, and what flows over them. */
export class VoiceMember {
  readonly #options: VoiceMemberOptions;
  readonly #heard = new Map<string, types.Consumer>();
  #listen: types.WebRtcTransport | undefined;
  #speak: { transport: types.WebRtcTransport; watch: FloodWatch } | undefined;
  #mic: types.Producer | undefined;
  #muted = false;
  #hostMuted = false;
  #floodedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: VoiceMemberOptions) {
    this.#options = options;
  }

  get participant(): Participant {
    return this.#options.participant;
  }

  get mic(): types.Producer | undefined {
    return this.#mic;
  }

  get voice(): Voice | undefined {
    if (this.#mic === undefined) return undefined;
    const { userId, displayName, seat } = this.participant;
    return { voiceId: this.#mic.id, userId, displayName, seat, muted: this.#muted };
  }

  async openListening(router: types.Router): Promise<TransportInfo> {
    const transport = await openTransport(router, this.#options.rtc);
    this.#dropListening();
    if (this.#closed) transport.close();
    this.#listen = transport;
    return describeTransport(transport);
  }

  /** Throws `voice_flood` for who has just flooded. */
  async openSpeaking(router: types.Router): Promise<TransportInfo> {
    const { clock, rtc } = this.#options;
    if (clock.now() - this.#floodedAt < FLOOD_PAUSE_MS) throw new NearcadeError('voice_flood');
    const transport = await openTransport(router, rtc);
    this.#dropSpeaking();
    if (this.#closed) transport.close();
    this.#speak = { transport, watch: new FloodWatch(transport, clock, () => this.#flooded()) };
    return describeTransport(transport);
  }

  /** The member's transport of this id, if it is one of those for voice. */
  transport(id: string): types.WebRtcTransport | undefined {
    return [this.#listen, this.#speak?.transport].find(each => each?.id === id);
  }

  /** Opens the microphone. Throws `voice_refused` for a second one, and for anything but one stream of Opus. */
  async produce(said: unknown, muted: boolean): Promise<types.Producer> {
    if (this.#speak === undefined)
      throw new NearcadeError('voice_refused', 'Open a transport to speak first');
    if (this.#mic !== undefined) throw new NearcadeError('voice_refused', 'One microphone a member');
    const producer = await this.#speak.transport.produce({
      kind: 'audio',
      rtpParameters: micParameters(said),
      paused: muted || this.#hostMuted,
    });
    // The right to speak was taken in the meantime.
    if (producer.closed) throw new NearcadeError('voice_forbidden');
    this.#mic = producer;
    this.#muted = muted;
    producer.observer.once('close', () => {
      if (this.#mic === producer) this.#mic = undefined;
      this.#options.onChange();
    });
    this.#options.onChange();
    // The host may have muted them in the meantime.
    await this.#flow();
    return producer;
  }

  async mute(muted: boolean): Promise<void> {
    if (this.#mic === undefined || muted === this.#muted) return;
    this.#muted = muted;
    this.#options.onChange();
    await this.#flow();
  }

  /** By the host; it outlasts the microphone. */
  async muteByHost(muted: boolean): Promise<void> {
    this.#hostMuted = muted;
    await this.#flow();
  }

  /** Ends the microphone and its transport. `why` is told to the member when it was not they who asked. */
  stopSpeaking(why?: NearcadeError): void {
    if (this.#speak === undefined) return;
    this.#dropSpeaking();
    if (why !== undefined) {
      this.participant.send({ type: 'voiceClosed', code: why.code, message: why.message });
    }
  }

  /** A consumer of somebody's voice; asking again replaces it. Throws `voice_refused` for a page that knows no Opus. */
  async hear(
    router: types.Router,
    producer: types.Producer,
    rtpCapabilities: types.RtpCapabilities,
    held: boolean,
  ): Promise<ConsumerInfo> {
    if (this.#listen === undefined)
      throw new NearcadeError('voice_refused', 'Open a transport to listen first');
    if (!router.canConsume({ producerId: producer.id, rtpCapabilities })) {
      throw new NearcadeError('voice_refused', 'This browser cannot decode voices');
    }
    this.#heard.get(producer.id)?.close();
    const consumer = await this.#listen.consume({ producerId: producer.id, rtpCapabilities, paused: held });
    this.#heard.set(producer.id, consumer);
    consumer.observer.once('close', () => {
      if (this.#heard.get(producer.id) === consumer) this.#heard.delete(producer.id);
    });
    return {
      id: consumer.id,
      producerId: producer.id,
      kind: consumer.kind,
      rtpParameters: { ...consumer.rtpParameters },
    };
  }

  /** Throws `voice_not_found` for a voice that this member does not hear. */
  async hold(voiceId: string, held: boolean): Promise<void> {
    const consumer = this.#heard.get(voiceId);
    if (consumer === undefined) throw new NearcadeError('voice_not_found');
    await (held ? consumer.pause() : consumer.resume());
  }

  /** The worker under all transports is gone. */
  reset(): void {
    this.#dropListening();
    this.#dropSpeaking();
    this.participant.send({ type: 'voiceReset' });
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    this.#dropListening();
    this.#dropSpeaking();
  }

  async #flow(): Promise<void> {
    const mic = this.#mic;
    if (mic === undefined) return;
    await (this.#muted || this.#hostMuted ? mic.pause() : mic.resume());
  }

  #flooded(): void {
    this.#floodedAt = this.#options.clock.now();
    this.stopSpeaking(new NearcadeError('voice_flood'));
  }

  #dropListening(): void {
    const transport = this.#listen;
    this.#listen = undefined;
    transport?.close();
  }

  #dropSpeaking(): void {
    const speak = this.#speak;
    this.#speak = undefined;
    speak?.watch.close();
    speak?.transport.close();
  }
}
