import type { types } from 'mediasoup';
import { NearcadeError } from '#shared/errors.ts';
import type { ServerMessage } from '#shared/signal.ts';
import { VOICE_MAX_VOICES, type VoiceRequest } from '#shared/voice.ts';
import type { Participant } from '../../agent/participant.ts';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import type { Logger } from '../../log.ts';
import { Pace } from '../../pace.ts';
import { RequestBudget } from './request-budget.ts';
import { Speakers, type Speaking } from './speakers.ts';
import { VoiceMember } from './voice-member.ts';

const NOBODY: Speaking = { userIds: [], active: null };

export interface VoiceRoomOptions {
  /** A router for Opus, on whatever worker has room. */
  openRouter: () => Promise<types.Router>;
  rtc: Config['rtc'];
  rights: VoiceRights;
  clock: Clock;
  log: Logger;
}

/** Who may do what, as the session sees it now. */
export interface VoiceRights {
  /** Decides about the others. */
  isHost(participant: Participant): boolean;
  /** Of who has a seat. Those who watch speak when the host lets them. */
  maySpeak(participant: Participant): boolean;
}

/** What an admitted socket can do in the talk. */
export interface VoicePlace {
  /** Does what a page asks for, one thing after the other; answers the response's data. Throws the error to answer with. */
  perform(request: VoiceRequest): Promise<Record<string, unknown>>;
  /** The transport of this id, if it belongs to voice. */
  transport(id: string): types.WebRtcTransport | undefined;
  /** Tells how things stand: once the member was welcomed. */
  begin(): void;
  /** Their seat or role is another now. */
  refresh(): void;
  leave(): void;
}

/**
 * The talk of one session, in a router of its own: voices never share a transport with the game's picture and sound, nor a
 * worker. The router is opened by the first who speaks or listens, goes with the last member, and is opened anew when its worker died.
 */
export class VoiceRoom {
  readonly #options: VoiceRoomOptions;
  readonly #members = new Set<VoiceMember>();
  readonly #hostMuted = new Set<string>();
  readonly #voicesPace: Pace;
  readonly #speakingPace: Pace;
  #stage: Promise<{ router: types.Router; speakers: Speakers }> | undefined;
  #spectatorsSpeak = false;
  #speaking = NOBODY;
  #closed = false;

  constructor(options: VoiceRoomOptions) {
    this.#options = options;
    const pace = (tell: (member: VoiceMember) => ServerMessage) =>
      new Pace({
        clock: options.clock,
        listeners: () => this.#members.size,
        tell: () => {
          for (const member of this.#members) member.participant.send(tell(member));
        },
      });
    this.#voicesPace = pace(member => this.#voicesFor(member));
    this.#speakingPace = pace(() => ({ type: 'speaking', ...this.#speaking }));
  }

  join(participant: Participant): VoicePlace {
    const { rtc, clock } = this.#options;
    const member = new VoiceMember({ participant, rtc, clock, onChange: () => this.#changed() });
    const budget = new RequestBudget(clock);
    let last: Promise<unknown> = Promise.resolve();
    void member.muteByHost(this.#hostMuted.has(participant.userId));
    this.#members.add(member);
    return {
      perform: async request => {
        budget.take();
        const done = last.then(() => this.#perform(member, request)).catch(asCoded);
        last = done.catch(() => undefined);
        return done;
      },
      transport: id => member.transport(id),
      begin: () => {
        participant.send(this.#voicesFor(member));
        if (this.#speaking.active !== null) participant.send({ type: 'speaking', ...this.#speaking });
      },
      refresh: () => this.refresh(),
      leave: () => {
        if (!this.#members.delete(member)) return;
        member.close();
        this.#changed();
        if (this.#members.size === 0) this.#closeStage();
      },
    };
  }

  /** Somebody's rights have changed: who may no longer speak is closed, and all are told. */
  refresh(): void {
    for (const member of this.#members) {
      if (!this.#maySpeak(member.participant)) member.stopSpeaking(new NearcadeError('voice_forbidden'));
    }
    this.#changed();
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#voicesPace.close();
    this.#speakingPace.close();
    for (const member of this.#members) member.close();
    this.#members.clear();
    this.#closeStage();
  }

  #closeStage(): void {
    const stage = this.#stage;
    this.#stage = undefined;
    stage
      ?.then(({ router, speakers }) => {
        speakers.close();
        router.close();
      })
      // What could not be opened needs no closing; who asked for it was told.
      .catch(() => undefined);
  }

  async #perform(member: VoiceMember, request: VoiceRequest): Promise<Record<string, unknown>> {
    if (!this.#members.has(member)) throw new NearcadeError('session_over');
    switch (request.type) {
      case 'openVoice': {
        const { router } = await this.#openStage();
        if (request.direction === 'speak') this.#requireMaySpeak(member);
        const transport = await (request.direction === 'speak'
          ? member.openSpeaking(router)
          : member.openListening(router));
        return { transport, routerRtpCapabilities: router.rtpCapabilities };
      }
      case 'speak': {
        this.#requireMaySpeak(member);
        if (this.#voices().length >= VOICE_MAX_VOICES) throw new NearcadeError('voices_full');
        const { speakers } = await this.#openStage();
        const producer = await member.produce(request.rtpParameters, request.muted);
        await speakers.add(producer, member.participant.userId);
        return { voiceId: producer.id };
      }
      case 'hearVoice': {
        const { router } = await this.#openStage();
        const speaker = [...this.#members].find(each => each !== member && each.mic?.id === request.voiceId);
        if (speaker?.mic === undefined) throw new NearcadeError('voice_not_found');
        const rtpCapabilities = request.rtpCapabilities as types.RtpCapabilities;
        return { consumer: await member.hear(router, speaker.mic, rtpCapabilities, request.held) };
      }
      case 'holdVoice':
        await member.hold(request.voiceId, request.held);
        return {};
      case 'muteMic':
        await member.mute(request.muted);
        return {};
      case 'stopSpeaking':
        member.stopSpeaking();
        return {};
      case 'muteMember':
        this.#requireHost(member);
        await this.#muteMember(request.userId, request.muted);
        return {};
      case 'letSpectatorsSpeak':
        this.#requireHost(member);
        this.#spectatorsSpeak = request.allowed;
        this.refresh();
        return {};
    }
  }

  async #muteMember(userId: string, muted: boolean): Promise<void> {
    const theirs = [...this.#members].filter(({ participant }) => participant.userId === userId);
    if (theirs.length === 0 && !this.#hostMuted.has(userId)) throw new NearcadeError('player_not_found');
    if (muted) this.#hostMuted.add(userId);
    else this.#hostMuted.delete(userId);
    this.#changed();
    await Promise.all(theirs.map(each => each.muteByHost(muted)));
  }

  #openStage(): Promise<{ router: types.Router; speakers: Speakers }> {
    if (this.#closed) return Promise.reject(new NearcadeError('session_over'));
    this.#stage ??= this.#createStage().catch((error: unknown) => {
      this.#stage = undefined;
      throw error;
    });
    return this.#stage;
  }

  async #createStage(): Promise<{ router: types.Router; speakers: Speakers }> {
    const { openRouter, clock, log } = this.#options;
    const router = await openRouter();
    try {
      const speakers = await Speakers.open(router, clock, speaking => {
        this.#speaking = speaking;
        this.#speakingPace.changed();
      });
      router.once('workerclose', () => {
        speakers.close();
        this.#stage = undefined;
        if (this.#closed) return;
        this.#speaking = NOBODY;
        this.#speakingPace.changed();
        log.warn('the worker under the voices died: they are opened anew');
        for (const member of this.#members) member.reset();
      });
      return { router, speakers };
    } catch (error) {
      router.close();
      throw error;
    }
  }

  #maySpeak(participant: Participant): boolean {
    return participant.role === 'player' ? this.#options.rights.maySpeak(participant) : this.#spectatorsSpeak;
  }

  #requireMaySpeak({ participant }: VoiceMember): void {
    if (!this.#maySpeak(participant)) throw new NearcadeError('voice_forbidden');
  }

  #requireHost({ participant }: VoiceMember): void {
    if (!this.#options.rights.isHost(participant)) {
      throw new NearcadeError('forbidden', 'Only the host decides about the others');
    }
  }

  #voices() {
    return [...this.#members].flatMap(({ voice }) => voice ?? []);
  }

  #voicesFor({ participant }: VoiceMember): ServerMessage {
    return {
      type: 'voices',
      voices: this.#voices(),
      hostMuted: [...this.#hostMuted],
      spectatorsSpeak: this.#spectatorsSpeak,
      maySpeak: this.#maySpeak(participant),
    };
  }

  #changed(): void {
    this.#voicesPace.changed();
  }
}

/** What mediasoup says of parameters that it cannot use is no voice of ours. */
function asCoded(error: unknown): never {
  throw error instanceof NearcadeError
    ? error
    : new NearcadeError('voice_refused', undefined, { cause: error });
}
