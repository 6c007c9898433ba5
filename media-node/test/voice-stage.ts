import { randomUUID } from 'node:crypto';
import { clientMessageSchema, type ServerMessage } from '#shared/signal.ts';
import type { VoiceRequest } from '#shared/voice.ts';
import type { Participant } from '../agent/participant.ts';
import { systemClock } from '../clock.ts';
import { createLog } from '../log.ts';
import { VOICE_CODECS } from '../sfu/voice/mic-parameters.ts';
import { type VoicePlace, VoiceRoom } from '../sfu/voice/voice-room.ts';
import { Workers } from '../sfu/workers.ts';
import { micOf } from './voice-peer.ts';

export interface VoiceMemberOfTest {
  place: VoicePlace;
  participant: Participant;
  told: ServerMessage[];
}

/** A voice room over real mediasoup workers, without sockets: what a member asks for goes in as the wire brings it. */
export class VoiceStage {
  readonly workers: Workers;
  readonly room: VoiceRoom;
  /** Runs ahead of the real clock, so that a test may ask as often as it likes. */
  #ahead = 0;

  private constructor(workers: Workers) {
    this.workers = workers;
    this.room = new VoiceRoom({
      openRouter: () => workers.createRouter('spectators', VOICE_CODECS),
      rtc: { listenIp: '127.0.0.1', minPort: 40000, maxPort: 49999 },
      rights: { isHost: ({ host }) => host, maySpeak: () => true },
      clock: { ...systemClock, now: () => Date.now() + this.#ahead },
      log: createLog('silent', {}),
    });
  }

  static async open(): Promise<VoiceStage> {
    return new VoiceStage(await Workers.open({ count: 2, log: createLog('silent', {}) }));
  }

  /** Seat 1 is the host's; null watches. */
  join(seat: number | null): VoiceMemberOfTest {
    const told: ServerMessage[] = [];
    const participant: Participant = {
      userId: randomUUID(),
      role: seat === null ? 'spectator' : 'player',
      seat,
      host: seat === 1,
      seating: 0,
      displayName: `Seat ${seat}`,
      send: message => told.push(message),
      close: () => undefined,
    };
    const place = this.room.join(participant);
    place.begin();
    return { place, participant, told };
  }

  /** Resolves with the answer's data; rejects with the error whose code is answered. */
  ask({ place }: VoiceMemberOfTest, request: object): Promise<Record<string, unknown>> {
    this.#ahead += 500;
    return place.perform(clientMessageSchema.parse({ id: 1, ...request }) as VoiceRequest);
  }

  /** Opens a member's microphone; answers the voice's id. */
  async speak(member: VoiceMemberOfTest, ssrc = 1): Promise<string> {
    await this.ask(member, { type: 'openVoice', direction: 'speak' });
    const { voiceId } = await this.ask(member, { type: 'speak', rtpParameters: micOf(ssrc), muted: false });
    return String(voiceId);
  }

  /** Routers that the room has now. */
  async routers(): Promise<number> {
    const dumps = await Promise.all(this.workers.byLoad('spectators').map(worker => worker.dump()));
    return dumps.flatMap(({ routerIds }) => routerIds).length;
  }

  close(): void {
    this.room.close();
    this.workers.close();
  }
}
