import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { NearcadeError } from '#shared/errors.ts';
import type { Voice } from '#shared/voice.ts';
import type { VoiceLink } from './voice-link.ts';

export interface HeardVoice {
  userId: string;
  stream: MediaStream;
}

interface Following {
  voice: Voice;
  /** What the node was told last. */
  held: boolean;
}

/** The voices of others: each is asked for when it appears, held while its speaker is muted here, and let go when it ends. */
export class Listening {
  readonly #isHeld: (userId: string) => boolean;
  readonly #streams = signal<ReadonlyMap<string, HeardVoice>>(new Map());
  readonly #following = new Map<string, Following>();
  readonly #stopEffect: () => void;
  #link: Pick<VoiceLink, 'hear' | 'hold' | 'forget'> | undefined;
  #voices: readonly Voice[] = [];
  readonly streams: ReadonlySignal<ReadonlyMap<string, HeardVoice>> = this.#streams;

  /** `isHeld` may read signals: when they change, it is asked again. */
  constructor(isHeld: (userId: string) => boolean) {
    this.#isHeld = isHeld;
    this.#stopEffect = effect(() => {
      for (const following of this.#following.values()) this.#hold(following);
      // Read for everybody, so that a change is noticed whoever speaks later.
      isHeld('');
    });
  }

  /** Another link: everybody is to be asked for anew. */
  begin(link: Pick<VoiceLink, 'hear' | 'hold' | 'forget'>): void {
    const voices = this.#voices;
    this.drop();
    this.#link = link;
    this.follow(voices);
  }

  /** Who can be heard now. */
  follow(voices: readonly Voice[]): void {
    this.#voices = voices;
    const there = new Set(voices.map(({ voiceId }) => voiceId));
    for (const voiceId of [...this.#following.keys()]) {
      if (!there.has(voiceId)) this.#forget(voiceId);
    }
    for (const voice of voices) {
      if (!this.#following.has(voice.voiceId)) void this.#hear(voice);
    }
  }

  /** The link is gone. */
  drop(): void {
    this.#link = undefined;
    this.#voices = [];
    this.#following.clear();
    this.#streams.value = new Map();
  }

  close(): void {
    this.#stopEffect();
    this.drop();
  }

  async #hear(voice: Voice): Promise<void> {
    const link = this.#link;
    if (link === undefined) return;
    const following: Following = { voice, held: this.#isHeld(voice.userId) };
    this.#following.set(voice.voiceId, following);
    const isCurrent = () => this.#following.get(voice.voiceId) === following;
    try {
      const track = await link.hear(voice.voiceId, following.held);
      if (!isCurrent()) return link.forget(voice.voiceId);
      const stream = new MediaStream([track]);
      this.#streams.value = new Map(this.#streams.peek()).set(voice.voiceId, {
        userId: voice.userId,
        stream,
      });
      this.#hold(following);
    } catch (error) {
      if (!isCurrent()) return;
      // Tried again with the next list; who has just left is not on it.
      this.#following.delete(voice.voiceId);
      const code = error instanceof NearcadeError ? error.code : 'internal';
      if (code !== 'voice_not_found' && code !== 'unavailable') console.warn('A voice is not heard', error);
    }
  }

  #hold(following: Following): void {
    const { voiceId, userId } = following.voice;
    const held = this.#isHeld(userId);
    if (held === following.held || !this.#streams.peek().has(voiceId)) return;
    following.held = held;
    void this.#link?.hold(voiceId, held).catch(() => {});
  }

  #forget(voiceId: string): void {
    this.#following.delete(voiceId);
    this.#link?.forget(voiceId);
    const streams = new Map(this.#streams.peek());
    streams.delete(voiceId);
    this.#streams.value = streams;
  }
}
