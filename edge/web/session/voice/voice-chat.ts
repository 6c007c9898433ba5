import { batch, computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { type ErrorCode, NearcadeError } from '#shared/errors.ts';
import type { SpeakingNotice, VoicesNotice } from '#shared/voice.ts';
import type { VoiceSettings } from '../../app/voice-settings.ts';
import type { Ask, Notice } from '../signal-client.ts';
import { Listening } from './listening.ts';
import { MicError, type MicProblem, Microphone } from './microphone.ts';
import { VoiceLink } from './voice-link.ts';

/** Milliseconds for which push-to-talk goes on after the key: the last syllable is still on its way. */
const TALK_TAIL_MS = 200;

/** Milliseconds before broken voice transports are made anew. */
const RETRY_MS = 2_000;

const NOBODY: Pick<SpeakingNotice, 'userIds' | 'active'> = { userIds: [], active: null };

export interface VoiceChatOptions {
  settings: VoiceSettings;
  /** The player's own id: nobody hears themselves. */
  me(): string;
  /** Asks the node; rejects with its error, or `unavailable` while there is no link. */
  ask(ask: Ask): Promise<unknown>;
}

/**
 * The talk of a session as the page has it, across as many links as it takes: who speaks, their streams, and one's own
 * microphone, which is off until `turnOn` and comes back by itself after a lost link.
 */
export class VoiceChat {
  readonly settings: VoiceSettings;
  readonly #options: VoiceChatOptions;
  readonly #mic = signal<'off' | 'opening' | 'on'>('off');
  readonly #selfMuted = signal(false);
  readonly #talking = signal(false);
  readonly #problem = signal<MicProblem | ErrorCode | null>(null);
  readonly #track = signal<MediaStreamTrack | null>(null);
  readonly #state = signal<VoicesNotice | null>(null);
  readonly #speaking = signal(NOBODY);
  readonly #listening: Listening;
  readonly #stopEffects: (() => void)[];
  readonly mic: ReadonlySignal<'off' | 'opening' | 'on'> = this.#mic;
  /** Nothing of the microphone leaves the page: muted, or push-to-talk without the key. */
  readonly muted: ReadonlySignal<boolean>;
  /** Why the microphone is off, until it is turned on. */
  readonly problem: ReadonlySignal<MicProblem | ErrorCode | null> = this.#problem;
  /** The open microphone, for a level meter. */
  readonly track: ReadonlySignal<MediaStreamTrack | null> = this.#track;
  /** Who can be heard and what the reader may; null without a link. */
  readonly state: ReadonlySignal<VoicesNotice | null> = this.#state;
  readonly speaking: ReadonlySignal<Pick<SpeakingNotice, 'userIds' | 'active'>> = this.#speaking;

  #link: VoiceLink | undefined;
  #microphone: Microphone | undefined;
  #published: VoiceLink | undefined;
  #tail: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: VoiceChatOptions) {
    const { settings } = options;
    this.#options = options;
    this.settings = settings;
    this.muted = computed(() => (settings.pushToTalk ? !this.#talking.value : this.#selfMuted.value));
    this.#listening = new Listening(userId => settings.deaf || settings.isSilenced(userId));
    this.#stopEffects = [
      effect(() => {
        const muted = this.muted.value;
        // A lost link says so itself.
        void this.#published?.mute(muted).catch(() => {});
      }),
    ];
  }

  /** The streams of those who are heard, by voice. */
  get streams(): Listening['streams'] {
    return this.#listening.streams;
  }

  /** What the node says, of voice or else. */
  hear(notice: Notice): void {
    switch (notice.type) {
      case 'welcome':
        this.#begin();
        break;
      case 'voices':
        this.#state.value = notice;
        this.#listening.follow(notice.voices.filter(({ userId }) => userId !== this.#options.me()));
        if (notice.maySpeak) void this.#publish();
        break;
      case 'speaking':
        this.#speaking.value = { userIds: notice.userIds, active: notice.active };
        break;
      case 'voiceClosed':
        this.#off(notice.code, true);
        break;
      case 'voiceReset':
        this.#begin();
        break;
      default:
        break;
    }
  }

  /** The link is gone; the microphone waits for the next one. */
  drop(): void {
    clearTimeout(this.#retry);
    this.#link?.close();
    this.#link = undefined;
    this.#published = undefined;
    this.#listening.drop();
    batch(() => {
      this.#state.value = null;
      this.#speaking.value = NOBODY;
    });
  }

  /** Asks the player for the microphone and opens it to the others. What goes wrong is in `problem`. */
  async turnOn(): Promise<void> {
    if (this.#mic.peek() !== 'off') return;
    batch(() => {
      this.#mic.value = 'opening';
      this.#problem.value = null;
      this.#selfMuted.value = false;
    });
    try {
      const microphone = await Microphone.open(this.settings.deviceId);
      // Turned off, or the session over, while the player was asked.
      if (this.#mic.peek() !== 'opening') return microphone.close();
      this.#use(microphone);
      this.#mic.value = 'on';
      await this.#publish();
    } catch (error) {
      this.#off(error instanceof MicError ? error.problem : 'failed', true);
    }
  }

  turnOff(): void {
    this.#off(null, false);
  }

  toggleMute(): void {
    this.#selfMuted.value = !this.#selfMuted.peek();
  }

  /** The push-to-talk key goes down or up. */
  talk(down: boolean): void {
    clearTimeout(this.#tail);
    if (down) this.#talking.value = true;
    else
      this.#tail = setTimeout(() => {
        this.#talking.value = false;
      }, TALK_TAIL_MS);
  }

  /** Speaks by another microphone, from now on and next time. */
  async useDevice(deviceId: string): Promise<void> {
    this.settings.change({ deviceId });
    if (this.#mic.peek() !== 'on') return;
    try {
      const microphone = await Microphone.open(deviceId);
      if (this.#mic.peek() !== 'on') return microphone.close();
      this.#use(microphone);
      await this.#published?.useTrack(microphone.track);
    } catch (error) {
      this.#off(error instanceof MicError ? error.problem : 'failed', false);
    }
  }

  /** The host mutes somebody for all, or ends that. Rejects with the node's error. */
  async muteForAll(userId: string, muted: boolean): Promise<void> {
    await this.#options.ask({ type: 'muteMember', userId, muted });
  }

  /** The host lets those who watch speak. Rejects with the node's error. */
  async letSpectatorsSpeak(allowed: boolean): Promise<void> {
    await this.#options.ask({ type: 'letSpectatorsSpeak', allowed });
  }

  close(): void {
    this.turnOff();
    this.drop();
    this.#listening.close();
    for (const stop of this.#stopEffects) stop();
    clearTimeout(this.#tail);
  }

  /** A link, or new transports over the one that there is. */
  #begin(): void {
    clearTimeout(this.#retry);
    this.#link?.close();
    this.#published = undefined;
    const link = new VoiceLink({
      ask: ask => this.#options.ask(ask),
      failed: () => {
        this.#retry = setTimeout(() => this.#begin(), RETRY_MS);
      },
    });
    this.#link = link;
    this.#listening.begin(link);
    if (this.#state.peek()?.maySpeak) void this.#publish();
  }

  async #publish(): Promise<void> {
    const link = this.#link;
    const microphone = this.#microphone;
    if (link === undefined || microphone === undefined || this.#published === link) return;
    this.#published = link;
    try {
      await link.speak(microphone.track, this.muted.peek());
      // What was pressed meanwhile counts too.
      await link.mute(this.muted.peek());
    } catch (error) {
      if (this.#published !== link) return;
      const code = error instanceof NearcadeError ? error.code : 'media_failed';
      // Without a link there will be another, and a new try.
      if (code === 'unavailable') this.#published = undefined;
      else this.#off(code, false);
    }
  }

  #use(microphone: Microphone): void {
    this.#microphone?.close();
    this.#microphone = microphone;
    this.#track.value = microphone.track;
    microphone.track.addEventListener('ended', () => {
      if (this.#microphone === microphone) this.#off('missing', false);
    });
  }

  #off(problem: MicProblem | ErrorCode | null, told: boolean): void {
    this.#microphone?.close();
    this.#microphone = undefined;
    this.#published = undefined;
    batch(() => {
      this.#mic.value = 'off';
      this.#track.value = null;
      this.#problem.value = problem;
    });
    // A lost link has ended it as well.
    void this.#link?.stopSpeaking(told).catch(() => {});
  }
}
