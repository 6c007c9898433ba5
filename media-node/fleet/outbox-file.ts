import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type NodeEvent, nodeEventSchema } from '#shared/api/fleet.ts';

/** Events not yet taken by the edge, one JSON line each, so that they outlive the program. */
export class OutboxFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** What an earlier run left. A last line that was cut off by a crash, or is not an event of ours, is passed over. */
  async load(): Promise<NodeEvent[]> {
    await mkdir(dirname(this.#path), { recursive: true });
    const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const events = text.split('\n').flatMap(line => {
      const event = nodeEventSchema.safeParse(parseJson(line));
      return event.success ? [event.data] : [];
    });
    // One that came while the file was written anew may stand there twice.
    return [...new Map(events.map(event => [event.id, event])).values()];
  }

  async append(event: NodeEvent): Promise<void> {
    await appendFile(this.#path, `${JSON.stringify(event)}\n`, { mode: 0o600 });
  }

  /** Puts `events` in place of what is there, whole or not at all. */
  async replace(events: readonly NodeEvent[]): Promise<void> {
    const part = `${this.#path}.part`;
    await writeFile(part, events.map(event => `${JSON.stringify(event)}\n`).join(''), { mode: 0o600 });
    await rename(part, this.#path);
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
