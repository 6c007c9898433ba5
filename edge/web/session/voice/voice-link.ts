import { Device, type types } from 'mediasoup-client';
import { parseWith } from '#shared/errors.ts';
import {
  hearVoiceResponseSchema,
  openVoiceResponseSchema,
  restartIceResponseSchema,
  speakResponseSchema,
} from '#shared/signal.ts';
import { VOICE_BITRATE } from '#shared/voice.ts';
import type { Ask } from '../signal-client.ts';

/** Milliseconds that a broken path may take to come back by ICE restart. */
const ICE_RECOVERY_MS = 5_000;

/** Speech in mono, as the node takes it; in silence nothing is sent (RFC 7587). */
const OPUS: types.ProducerCodecOptions = {
  opusStereo: false,
  opusDtx: true,
  opusFec: true,
  opusMaxAverageBitrate: VOICE_BITRATE,
};

export interface VoiceLinkOptions {
  /** Asks the node; rejects with its error. */
  ask(ask: Ask): Promise<unknown>;
  /** A path broke for good. Once. */
  failed(): void;
}

/**
 * Voice over one link to the node: a connection to hear on and one for the microphone, each opened when it is first
 * needed. They are the game's neither in transport nor in clock, so that nothing here is felt in its picture and sound.
 */
export class VoiceLink {
  readonly #options: VoiceLinkOptions;
  readonly #heard = new Map<string, types.Consumer>();
  #device: Promise<Device> | undefined;
  #listening: Promise<types.Transport> | undefined;
  #speaking: types.Transport | undefined;
  #producer: types.Producer | undefined;
  /** The microphone of now: another may be picked while the first is still being opened to the others. */
  #track: MediaStreamTrack | undefined;
  readonly #transports = new Set<types.Transport>();
  /** Counts the microphones that were opened and ended: what is late for its own is let go. */
  #turn = 0;
  #startMuted = false;
  #over = false;

  constructor(options: VoiceLinkOptions) {
    this.#options = options;
  }

  /** The track of somebody's voice. Held: nothing comes yet. */
  async hear(voiceId: string, held: boolean): Promise<MediaStreamTrack> {
    const transport = await this.#openListening();
    const device = await this.#deviceFor();
    const answer = await this.#options.ask({
      type: 'hearVoice',
      voiceId,
      held,
      rtpCapabilities: { ...device.recvRtpCapabilities },
    });
    const { consumer: info } = parseWith(hearVoiceResponseSchema, answer, 'signal_protocol');
    const consumer = await transport.consume({
      id: info.id,
      producerId: info.producerId,
      kind: info.kind,
      rtpParameters: info.rtpParameters as unknown as types.RtpParameters,
      // One each, so that no voice waits for another.
      streamId: info.id,
    });
    this.#heard.set(voiceId, consumer);
    return consumer.track;
  }

  async hold(voiceId: string, held: boolean): Promise<void> {
    await this.#options.ask({ type: 'holdVoice', voiceId, held });
  }

  /** Who spoke is gone, at the node too. */
  forget(voiceId: string): void {
    this.#heard.get(voiceId)?.close();
    this.#heard.delete(voiceId);
  }

  /** Opens the microphone; `track` stays the caller's. Resolves without it when it was ended meanwhile. */
  async speak(track: MediaStreamTrack, muted: boolean): Promise<void> {
    const turn = ++this.#turn;
    this.#startMuted = muted;
    this.#track = track;
    const transport = await this.#open('speak');
    if (turn !== this.#turn) return transport.close();
    this.#speaking = transport;
    const first = this.#track;
    const producer = await transport.produce({
      track: first,
      codecOptions: OPUS,
      stopTracks: false,
      // The meter goes on while muted; what leaves the page is stopped, not silenced.
      disableTrackOnPause: false,
      zeroRtpOnPause: true,
    });
    if (turn !== this.#turn) return;
    this.#producer = producer;
    if (this.#track !== first) await producer.replaceTrack({ track: this.#track });
  }

  async mute(muted: boolean): Promise<void> {
    if (this.#producer === undefined) return;
    if (muted) this.#producer.pause();
    else this.#producer.resume();
    await this.#options.ask({ type: 'muteMic', muted });
  }

  /** Another microphone, without the others noticing. */
  async useTrack(track: MediaStreamTrack): Promise<void> {
    this.#track = track;
    await this.#producer?.replaceTrack({ track });
  }

  /** Ends the microphone. `told`: the node has ended it already. */
  async stopSpeaking(told: boolean): Promise<void> {
    const spoke = this.#turn > 0;
    this.#turn++;
    this.#speaking?.close();
    this.#speaking = undefined;
    this.#producer = undefined;
    if (spoke && !told) await this.#options.ask({ type: 'stopSpeaking' });
  }

  close(): void {
    this.#over = true;
    this.#turn++;
    for (const transport of this.#transports) transport.close();
  }

  #openListening(): Promise<types.Transport> {
    this.#listening ??= this.#open('listen').catch((error: unknown) => {
      this.#listening = undefined;
      throw error;
    });
    return this.#listening;
  }

  #deviceFor(capabilities?: types.RtpCapabilities): Promise<Device> {
    this.#device ??= loadDevice(capabilities ?? {});
    return this.#device;
  }

  async #open(direction: 'listen' | 'speak'): Promise<types.Transport> {
    const answer = await this.#options.ask({ type: 'openVoice', direction });
    const { transport: info, routerRtpCapabilities } = parseWith(
      openVoiceResponseSchema,
      answer,
      'signal_protocol',
    );
    const device = await this.#deviceFor(routerRtpCapabilities as types.RtpCapabilities);
    const options = info as unknown as types.TransportOptions;
    const transport =
      direction === 'listen' ? device.createRecvTransport(options) : device.createSendTransport(options);
    if (this.#over) transport.close();
    this.#transports.add(transport);
    transport.observer.once('close', () => this.#transports.delete(transport));
    transport.on('connect', ({ dtlsParameters }, done, failed) => {
      const transportId = transport.id;
      this.#options
        .ask({ type: 'connectTransport', transportId, dtlsParameters: { ...dtlsParameters } })
        .then(done, failed);
    });
    transport.on('produce', ({ rtpParameters }, done, failed) => {
      this.#options
        .ask({ type: 'speak', rtpParameters: { ...rtpParameters }, muted: this.#startMuted })
        .then(data => parseWith(speakResponseSchema, data, 'signal_protocol'))
        .then(({ voiceId }) => done({ id: voiceId }), failed);
    });
    this.#watch(transport);
    return transport;
  }

  /** Another network under the same page: new ICE credentials, else all is made anew. */
  #watch(transport: types.Transport): void {
    let recovery: ReturnType<typeof setTimeout> | undefined;
    transport.on('connectionstatechange', state => {
      if (state === 'connected' || state === 'closed') {
        clearTimeout(recovery);
        recovery = undefined;
      } else if ((state === 'disconnected' || state === 'failed') && recovery === undefined) {
        recovery = setTimeout(() => !transport.closed && this.#fail(), ICE_RECOVERY_MS);
        void this.#restartIce(transport).catch(() => this.#fail());
      }
    });
  }

  async #restartIce(transport: types.Transport): Promise<void> {
    const data = await this.#options.ask({ type: 'restartIce', transportId: transport.id });
    const { iceParameters } = parseWith(restartIceResponseSchema, data, 'signal_protocol');
    if (transport.closed) return;
    await transport.restartIce({ iceParameters: iceParameters as unknown as types.IceParameters });
  }

  #fail(): void {
    if (this.#over) return;
    this.close();
    this.#options.failed();
  }
}

async function loadDevice(routerRtpCapabilities: types.RtpCapabilities): Promise<Device> {
  const device = await Device.factory();
  await device.load({ routerRtpCapabilities });
  return device;
}
