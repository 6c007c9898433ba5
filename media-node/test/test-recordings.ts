import { type BeginRecording, beginRecordingSchema } from '#shared/api/recordings.ts';
import type { TestStore } from './test-store.ts';

/** The edge's recordings as a node sees them, over a real object store. */
export class TestRecordings {
  readonly #store: TestStore;
  readonly #begun = new Map<string, BeginRecording>();
  /** Those that are up, in order. */
  readonly complete: BeginRecording[] = [];

  constructor(store: TestStore) {
    this.#store = store;
  }

  bytesOf({ id }: BeginRecording): Promise<Buffer | undefined> {
    return this.#store.read(`recordings/${id}`);
  }

  /** Answers a request below /node/v1/recordings. */
  async answer(path: string, body: unknown): Promise<[number, object]> {
    if (!path.endsWith('/complete')) {
      const begun = beginRecordingSchema.parse(body);
      this.#begun.set(begun.id, begun);
      return [201, { upload: await this.#store.uploadLink(`recordings/${begun.id}`, begun) }];
    }
    const begun = this.#begun.get(path.split('/').at(-2) ?? '');
    const there = begun && (await this.bytesOf(begun));
    if (begun === undefined || there?.length !== begun.size) throw new Error('it is not there');
    this.complete.push(begun);
    return [204, {}];
  }
}
