import { NearcadeError } from '#shared/errors.ts';
import type { ServerMessage } from '#shared/signal.ts';
import type { Participant } from '../agent/participant.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { Held } from '../saves/saves-api.ts';
import type { Room } from '../sfu/room.ts';
import { Recording } from './recording.ts';
import type { Recordings } from './recordings.ts';

export interface SessionRecorderOptions {
  held: Held;
  picture: { width: number; height: number };
  recordings: Recordings;
  room: () => Room;
  /** Tells everybody in the session. */
  broadcast: (message: ServerMessage) => void;
  clock: Clock;
  log: Logger;
}

/** Recording one session: by its host's act alone, and everybody is told by whom, also who comes later. Voices are not recorded. */
export class SessionRecorder {
  readonly #options: SessionRecorderOptions;
  #current: { by: string; since: number; recording: Promise<Recording> } | undefined;

  constructor(options: SessionRecorderOptions) {
    this.#options = options;
  }

  /** Begins. The file is put up for who began it, once it is whole. Throws `forbidden`, `recording_running` or `recording_failed`. */
  async start(by: Pick<Participant, 'host' | 'displayName' | 'userId'>): Promise<void> {
    if (!by.host) throw new NearcadeError('forbidden', 'Only the host records');
    if (this.#current !== undefined) throw new NearcadeError('recording_running');
    const { held, recordings, room, picture, clock, log } = this.#options;
    const since = clock.now();
    const path = recordings.fresh();
    const current = {
      by: by.displayName,
      since,
      recording: Recording.open({ room: room(), path, picture, log }),
    };
    this.#current = current;
    // Everybody knows before the first picture is written.
    this.#tell();
    try {
      const recording = await current.recording;
      const { userId } = by;
      const ended = recording.ended.finally(() => this.#over(current));
      void recordings.keep(ended, { ...held, userId });
    } catch (error) {
      this.#over(current);
      throw error;
    }
  }

  /** Throws `forbidden`. Does nothing when nothing is recorded. */
  async stop(by: Pick<Participant, 'host'>): Promise<void> {
    if (!by.host) throw new NearcadeError('forbidden', 'Only the host records');
    const recording = await this.#current?.recording.catch(() => undefined);
    await recording?.close();
  }

  /** Tells somebody who has just come. */
  tell(participant: Pick<Participant, 'send'>): void {
    if (this.#current !== undefined) participant.send(this.#message());
  }

  #over(ended: object): void {
    if (this.#current !== ended) return;
    this.#current = undefined;
    this.#tell();
  }

  #tell(): void {
    this.#options.broadcast(this.#message());
  }

  #message(): ServerMessage {
    const { by = null, since = null } = this.#current ?? {};
    return { type: 'recording', by, since };
  }
}
