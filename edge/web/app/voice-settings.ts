import { signal } from '@preact/signals';
import { z } from 'zod';

const KEY = 'nearcade:voice';

/** People whose loudness is kept: more than anybody talks with; the ones set longest ago go first. */
const MAX_PEOPLE = 200;

const keptSchema = z.object({
  /** The microphone that was picked; absent: the browser's. */
  deviceId: z.string().max(512).optional(),
  /** The microphone is heard only while `talkKey` is held. */
  pushToTalk: z.boolean().default(false),
  /** KeyboardEvent.code; the key is not the game's while push-to-talk is on. */
  talkKey: z.string().max(32).default('Backquote'),
  /** Nobody is heard. */
  deaf: z.boolean().default(false),
  /** By user, 0 to 1; who is not in it is as loud as they are. */
  levels: z.record(z.string(), z.number().min(0).max(1)).default({}),
  /** Users who are muted on this device. */
  silenced: z.array(z.string()).max(MAX_PEOPLE).default([]),
});
type Kept = z.infer<typeof keptSchema>;

/** How the player talks and listens, kept on this device. That the microphone was on is not kept: it is off until it is turned on. */
export class VoiceSettings {
  readonly #storage: Storage;
  readonly #kept;

  constructor(storage: Storage) {
    this.#storage = storage;
    this.#kept = signal<Kept>(read(storage));
  }

  get deviceId(): string | undefined {
    return this.#kept.value.deviceId;
  }

  get pushToTalk(): boolean {
    return this.#kept.value.pushToTalk;
  }

  get talkKey(): string {
    return this.#kept.value.talkKey;
  }

  get deaf(): boolean {
    return this.#kept.value.deaf;
  }

  change(settings: Partial<Pick<Kept, 'deviceId' | 'pushToTalk' | 'talkKey' | 'deaf'>>): void {
    this.#keep(settings);
  }

  /** How loud somebody is here, 0 to 1. */
  levelOf(userId: string): number {
    return this.#kept.value.levels[userId] ?? 1;
  }

  isSilenced(userId: string): boolean {
    return this.#kept.value.silenced.includes(userId);
  }

  setLevel(userId: string, level: number): void {
    const { [userId]: _, ...others } = this.#kept.peek().levels;
    const kept = Object.entries(others).slice(-(MAX_PEOPLE - 1));
    this.#keep({ levels: Object.fromEntries([...kept, [userId, Math.max(0, Math.min(1, level))]]) });
  }

  silence(userId: string, silenced: boolean): void {
    const others = this.#kept.peek().silenced.filter(id => id !== userId);
    this.#keep({ silenced: silenced ? [...others.slice(-(MAX_PEOPLE - 1)), userId] : others });
  }

  #keep(change: Partial<Kept>): void {
    this.#kept.value = { ...this.#kept.peek(), ...change };
    this.#storage.setItem(KEY, JSON.stringify(this.#kept.peek()));
  }
}

function read(storage: Storage): Kept {
  try {
    const kept = keptSchema.safeParse(JSON.parse(storage.getItem(KEY) ?? '{}'));
    if (kept.success) return kept.data;
  } catch {}
  return keptSchema.parse({});
}
