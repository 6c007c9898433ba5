import type { types } from 'mediasoup';
import type { Save } from '#shared/api/saves.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { InputChannel } from '#shared/input.ts';
import type { LayoutId } from '#shared/keyboard-layouts.ts';
import type { QualityBounds } from '#shared/quality.ts';
import type { SeatRight } from '#shared/seat-rights.ts';
import type { ConsumerInfo, DecoderReport, TransportInfo } from '#shared/signal.ts';
import { CLOSE } from '#shared/signal.ts';
import type { VoiceRequest } from '#shared/voice.ts';
import type { Clock } from '../clock.ts';
import type { Restart } from '../encode/quality-controller.ts';
import type { SessionRecorder } from '../record/session-recorder.ts';
import type { VideoCodec } from '../sfu/codecs.ts';
import type { LinkStats } from '../sfu/link-meter.ts';
import type { ViewerPort } from '../sfu/viewer.ts';
import type { VoicePlace } from '../sfu/voice/voice-room.ts';
import type { Mailbox } from './mailbox.ts';
import type { Participant } from './participant.ts';
import { noticeOfPlace } from './seat-message.ts';
import { type Place, refuse, SERVICE_RESTART, type Session } from './session.ts';
import type { SlotMachinery } from './slot-machinery.ts';

export interface AdmissionOptions {
  participant: Participant;
  session: Session;
  viewer: ViewerPort;
  /** Another one for the role that the participant has now: players and spectators are served in different ways. */
  openViewer: () => Promise<ViewerPort>;
  /** Their place in the talk. */
  voice: VoicePlace;
  recorder: SessionRecorder;
  machinery: SlotMachinery;
  mailbox: Mailbox;
  clock: Clock;
  onLeft: () => void;
}

/** How somebody takes the streams who is no page of ours on this node. */
export interface AdmissionMedia {
  /** By a relay, which serves them itself. */
  relayed?: boolean;
  /** The codecs, with their payload types, of the router that serves it, given the codec that the picture has now. */
  codecs?: (codec: VideoCodec) => types.RouterRtpCodecCapability[];
}

/** Milliseconds for which the old transports of somebody who changes between playing and watching go on beside the new ones. */
const OVERLAP_MS = 5000;

/** What an admitted socket can do with its session, until it leaves. */
export class Admission {
  readonly #options: AdmissionOptions;
  #chosen: QualityBounds = {};
  #left = false;
  #hasQuit = false;
  #viewer: ViewerPort;
  #telling: Promise<void> = Promise.resolve();

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#viewer = options.viewer;
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
    const { machinery } = this.#options;
    const viewer = this.#viewer;
    return {
      recvTransport: viewer.recvTransport,
      protocol: viewer.protocol,
      codec: machinery.room.codec,
    };
  }

  /** Called when the viewer's transport connects, and when its other end is gone. */
  onLink(listener: (state: 'up' | 'down') => void): void {
    this.#viewer.onLink(listener);
  }

  /** The player's own bounds of the picture. */
  setQualityBounds(bounds: QualityBounds): void {
    this.#chosen = bounds;
  }

  /** What their ticket and they themselves bound the picture to. */
  get qualityBounds(): QualityBounds[] {
    return [this.participant.quality ?? {}, this.#chosen];
  }

  restartPicture(why: Restart): Promise<void> {
    return this.#viewer.restartPicture(why);
  }

  linkStats(lookBackMs?: number): Promise<LinkStats> {
    return this.#viewer.linkStats(lookBackMs);
  }

  connectTransport(transportId: string, dtlsParameters: unknown): Promise<void> {
    const transport = this.#options.voice.transport(transportId);
    if (transport === undefined) return this.#viewer.connect(transportId, dtlsParameters);
    return transport.connect({ dtlsParameters: dtlsParameters as types.DtlsParameters });
  }

  consume(rtpCapabilities: unknown, decoders?: DecoderReport[]): Promise<ConsumerInfo[]> {
    const capabilities = rtpCapabilities as types.RtpCapabilities;
    return this.#options.machinery.consume(this.#viewer, capabilities, decoders);
  }

  produceData(channel: InputChannel, sctpStreamParameters: unknown): Promise<string> {
    return this.#viewer.produceData(channel, sctpStreamParameters);
  }

  restartIce(transportId: string): Promise<types.IceParameters> {
    const { voice } = this.#options;
    return voice.transport(transportId)?.restartIce() ?? this.#viewer.restartIce(transportId);
  }

  performVoice(request: VoiceRequest): Promise<Record<string, unknown>> {
    return this.#options.voice.perform(request);
  }

  /** For the player whose saves these are. Throws `forbidden`, or what `SessionSaves.saveNow` throws. */
  saveNow(slot: string | undefined): Promise<Save> {
    const { participant, session, machinery } = this.#options;
    if (participant.userId !== session.hostUserId) throw new NearcadeError('forbidden');
    return machinery.saveNow(slot);
  }

  /** Begins or ends a recording; how many watch who may not be shown it. */
  async record(on: boolean): Promise<{ whepViewers: number }> {
    const { recorder, participant, session } = this.#options;
    await (on ? recorder.start(participant) : recorder.stop(participant));
    return { whepViewers: session.standardPlayers };
  }

  /** A spectator's request goes the way of those of their browser, where all spectators' together are limited. */
  requestKeyFrame(): void {
    if (this.participant.role === 'player') this.#options.mailbox.post({ type: 'key_frame_asked' });
    // A consumer that was closed meanwhile needs none.
    else void this.#viewer.requestKeyFrame().catch(() => undefined);
  }

  /** The host's counts; others play with it. */
  setKeyboardLayout(layout: LayoutId): void {
    const { participant, machinery } = this.#options;
    if (participant.host) machinery.setKeyboardLayout(layout);
  }

  /** The host ends the session for all; another player gives their seat up; a spectator just leaves. */
  quit(): void {
    const { participant, mailbox, session } = this.#options;
    if (participant.host) {
      mailbox.post({ type: 'quit', host: true });
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

  /**
   * Gives them the place that the edge has decided on, by the connection that they have: what the old seat held is released at once,
   * picture and sound go on. A page that cannot be given a way to send comes back with a fresh ticket.
   */
  move(place: Place): void {
    const { participant, session, voice, machinery, mailbox } = this.#options;
    if (this.#left || place.seating <= participant.seating) return;
    const { seat: before, role, host } = participant;
    session.move(participant, place);
    if (participant.relayedBy !== undefined && place.role === 'player') {
      // Who plays is served here. Their fresh ticket leads here too.
      this.#comeBack();
      return;
    }
    if (before === place.seat && role === place.role && host === place.host) return;
    for (const seat of [before, place.seat]) if (seat !== null) machinery.releaseSeat(seat);
    this.#telling = this.#telling.then(() => this.#tellPlace()).catch(() => this.#comeBack());
    voice.refresh();
    // The agent looks who is there now: a player may have come or gone by this.
    if (before !== null) mailbox.post({ type: 'player_disconnected', seat: before });
    if (place.seat !== null) mailbox.post({ type: 'player_connected', seat: place.seat });
  }

  async #tellPlace(): Promise<void> {
    const { participant, session, openViewer, clock } = this.#options;
    const old = this.#viewer;
    if (old.role !== participant.role && !this.#left) {
      const viewer = await openViewer();
      this.#viewer = viewer;
      // The old one serves until the page has picture and sound by the new one.
      clock.after(OVERLAP_MS, () => old.close());
      if (this.#left) {
        old.close();
        viewer.close();
      }
    }
    const { recvTransport, sendTransport } = this.#viewer;
    participant.send({ type: 'place', ...noticeOfPlace(session, participant), recvTransport, sendTransport });
  }

  #comeBack(): void {
    this.#options.participant.close(SERVICE_RESTART, 'place_changed');
    this.leave();
  }

  /** The socket is gone. Idempotent. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    const { participant, session, voice, machinery, mailbox, onLeft } = this.#options;
    this.#viewer.close();
    onLeft();
    voice.leave();
    const wasThere = session.leave(participant, this.#hasQuit);
    if (!wasThere || session.ended || participant.seat === null) return;
    for (const seat of session.playedBy(participant)) machinery.releaseSeat(seat);
    mailbox.post({ type: 'player_disconnected', seat: participant.seat });
  }
}
