import type { types } from 'mediasoup';
import { VOICE_MAX_VOICES, VOICE_SPEAKING_INTERVAL_MS } from '#shared/voice.ts';
import type { Clock } from '../../clock.ts';

/** dBov (RFC 6464) above which a voice counts as heard: speech is at -30 and above, a quiet room below -60. */
const HEARD_DBOV = -50;

/** Milliseconds for which a voice still counts after it was heard: longer than the gap between two words. */
const HOLD_MS = 500;

export interface Speaking {
  userIds: string[];
  /** Who leads the talk; null when nobody is heard. */
  active: string | null;
}

/** Who is heard in a router, by the loudness that the microphones' packets declare: nothing is decoded. */
export class Speakers {
  readonly #levels: types.AudioLevelObserver;
  readonly #dominant: types.ActiveSpeakerObserver;
  readonly #clock: Clock;
  readonly #onChange: (speaking: Speaking) => void;
  /** By producer: whose it is, and when it was heard last (milliseconds since 1970). */
  readonly #voices = new Map<string, { userId: string; heardAt: number }>();
  #active: string | undefined;
  #told = '';
  #cancel: () => void = () => undefined;

  private constructor(
    levels: types.AudioLevelObserver,
    dominant: types.ActiveSpeakerObserver,
    clock: Clock,
    onChange: (speaking: Speaking) => void,
  ) {
    this.#levels = levels;
    this.#dominant = dominant;
    this.#clock = clock;
    this.#onChange = onChange;
    levels.on('volumes', volumes => {
      for (const { producer } of volumes) {
        const voice = this.#voices.get(producer.id);
        if (voice !== undefined) voice.heardAt = clock.now();
      }
      this.#tell();
    });
    levels.on('silence', () => this.#tell());
    dominant.on('dominantspeaker', ({ producer }) => {
      this.#active = producer.id;
      this.#tell();
    });
  }

  static async open(
    router: types.Router,
    clock: Clock,
    onChange: (speaking: Speaking) => void,
  ): Promise<Speakers> {
    const [levels, dominant] = await Promise.all([
      router.createAudioLevelObserver({
        interval: VOICE_SPEAKING_INTERVAL_MS,
        threshold: HEARD_DBOV,
        maxEntries: VOICE_MAX_VOICES,
      }),
      router.createActiveSpeakerObserver({ interval: VOICE_SPEAKING_INTERVAL_MS }),
    ]);
    return new Speakers(levels, dominant, clock, onChange);
  }

  /** Follows a voice until its producer closes. */
  async add(producer: types.Producer, userId: string): Promise<void> {
    this.#voices.set(producer.id, { userId, heardAt: Number.NEGATIVE_INFINITY });
    producer.observer.once('close', () => {
      this.#voices.delete(producer.id);
      this.#tell();
    });
    producer.observer.on('pause', () => this.#forget(producer.id));
    await Promise.all([
      this.#levels.addProducer({ producerId: producer.id }),
      this.#dominant.addProducer({ producerId: producer.id }),
    ]);
  }

  /** The observers go with their router. */
  close(): void {
    this.#cancel();
    this.#voices.clear();
  }

  #forget(producerId: string): void {
    const voice = this.#voices.get(producerId);
    if (voice !== undefined) voice.heardAt = Number.NEGATIVE_INFINITY;
    this.#tell();
  }

  #tell(): void {
    this.#cancel();
    const since = this.#clock.now() - HOLD_MS;
    const heard = [...this.#voices].filter(([, { heardAt }]) => heardAt > since);
    const leads = heard.find(([producerId]) => producerId === this.#active) ?? heard[0];
    const speaking: Speaking = {
      userIds: heard.map(([, { userId }]) => userId).sort(),
      active: leads?.[1].userId ?? null,
    };
    // The observers say nothing more once all are silent, and these still count for a moment.
    if (heard.length > 0) this.#cancel = this.#clock.after(HOLD_MS, () => this.#tell());
    const said = JSON.stringify(speaking);
    if (said === this.#told) return;
    this.#told = said;
    this.#onChange(speaking);
  }
}
