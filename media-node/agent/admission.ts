import type { types } from 'mediasoup';
import type { NearcadeError } from '#shared/errors.ts';
import type { InputChannel } from '#shared/input.ts';
import type { SeatRight } from '#shared/seat-rights.ts';
import type { ConsumerInfo, TransportInfo } from '#shared/signal.ts';
import { CLOSE } from '#shared/signal.ts';
import type { VoiceRequest } from '#shared/voice.ts';
import type { VideoCodec } from '../sfu/codecs.ts';
import type { LinkStats, Viewer } from '../sfu/viewer.ts';
import type { VoicePlace } from '../sfu/voice/voice-room.ts';
import { HOST_SEAT } from './common-messages.ts';
import type { Mailbox } from './mailbox.ts';
import type { Participant } from './participant.ts';
import { refuse, SERVICE_RESTART, type Session } from './session.ts';
import type { SlotMachinery } from './slot-machinery.ts';

export interface AdmissionOptions {
  participant: Participant;
  session: Session;
  viewer: Viewer;
  /** Their place in the talk. */
  voice: VoicePlace;
  machinery: SlotMachinery;
  mailbox: Mailbox;
}

/** How a viewer that is no page of ours takes the streams. */
export interface AdmissionMedia {
  /** The codecs, with their payload types, of the router that serves it, given the codec that the picture has now. */
  codecs?: (codec: VideoCodec) => types.RouterRtpCodecCapability[];
}

/** What an admitted socket can do with its session, until it leaves. */
export class Admission {
  readonly #options: AdmissionOptions;
  #left = false;
  #hasQuit = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  get participant(): Participant {
    return this.#options.participant;
  }

  /** Whether they may do this now. Spectators have no rights. */
  may(right: SeatRight): boolean {
    const { participant, session } = this.#options;
    return participant.seat !== null && session.seating.may(participant.seat, right);
  }

  /** The viewer's way to receive, what it goes over now, and the codec of the picture on it. */
  get media(): {
    recvTransport: TransportInfo;
    protocol: types.TransportProtocol | undefined;
    codec: VideoCodec;
  } {
    const { viewer, machinery } = this.#options;
    return {
      recvTransport: viewer.recvTransport,
      protocol: viewer.protocol,
      codec: machinery.room.codec,
    };
  }

  /** Called when the viewer's transport connects, and when its other end is gone. */
  onLink(listener: (state: 'up' | 'down') => void): void {
    this.#options.viewer.onLink(listener);
  }

  linkStats(): Promise<LinkStats> {
    return this.#options.viewer.linkStats();
  }

  connectTransport(transportId: string, dtlsParameters: unknown): Promise<void> {
    const { voice, viewer } = this.#options;
    const transport = voice.transport(transportId);
    if (transport === undefined) return viewer.connect(transportId, dtlsParameters);
    return transport.connect({ dtlsParameters: dtlsParameters as types.DtlsParameters });
  }

  consume(rtpCapabilities: unknown): Promise<ConsumerInfo[]> {
    const { machinery, viewer } = this.#options;
    return machinery.consume(viewer, rtpCapabilities as types.RtpCapabilities);
  }

  produceData(channel: InputChannel, sctpStreamParameters: unknown): Promise<string> {
    return this.#options.viewer.produceData(channel, sctpStreamParameters);
  }

  restartIce(transportId: string): Promise<types.IceParameters> {
    const { voice, viewer } = this.#options;
    return voice.transport(transportId)?.restartIce() ?? viewer.restartIce(transportId);
  }

  performVoice(request: VoiceRequest): Promise<Record<string, unknown>> {
    return this.#options.voice.perform(request);
  }

  requestKeyFrame(): void {
    this.#options.mailbox.post({ type: 'key_frame_asked' });
  }

  /** The host ends the session for all; another player gives their seat up; a spectator just leaves. */
  quit(): void {
    const { participant, mailbox, session } = this.#options;
    if (participant.seat === HOST_SEAT) {
      mailbox.post({ type: 'quit', seat: HOST_SEAT });
      return;
    }
    this.#hasQuit = true;
    if (participant.seat !== null) session.vacate(participant.seat);
    participant.send({ type: 'ended', reason: 'player_quit' });
    participant.close(CLOSE.ended, 'player_quit');
  }

  /** Says why and cuts the socket. Does not wait for its page to close it. */
  putOut(error: NearcadeError, forGood: boolean): void {
    const { participant, session } = this.#options;
    this.#hasQuit = forGood;
    refuse(participant, error);
    this.leave();
    if (forGood && participant.seat !== null) session.vacate(participant.seat);
  }

  /** Cuts the socket so that its page comes back with a fresh ticket, to the place that it has now. */
  leaveForNewPlace(): void {
    const { participant, session } = this.#options;
    participant.close(SERVICE_RESTART, 'place_changed');
    this.leave();
    if (participant.seat !== null) session.vacate(participant.seat);
  }

  /** The socket is gone. Idempotent. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    const { participant, session, viewer, voice, machinery, mailbox } = this.#options;
    viewer.close();
    voice.leave();
    const wasThere = session.leave(participant, this.#hasQuit);
    if (!wasThere || session.ended || participant.seat === null) return;
    machinery.releaseSeat(participant.seat);
    mailbox.post({ type: 'player_disconnected', seat: participant.seat });
  }
}
