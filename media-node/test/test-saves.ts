import { randomUUID } from 'node:crypto';
import { beginSaveRequestSchema, DEFAULT_SAVE_SLOT, type Save } from '#shared/api/saves.ts';
import { errorCodeSchema } from '#shared/errors.ts';
import { TestStore } from './test-store.ts';

interface Upload {
  save: Save;
  key: string;
}

/** The edge's saves as a node sees them, without limits and builds, over a real object store. */
export class TestSaves {
  readonly store: TestStore;
  /** Whose session it is, and of which game. */
  readonly #owners = new Map<string, string>();
  readonly #uploads = new Map<string, Upload>();
  /** The good save by owner, game and slot. */
  readonly #good = new Map<string, Upload>();
  /** What the node has called, in order. */
  readonly calls: string[] = [];
  /** The next calls of this name are refused with the code. */
  refuse: { call: 'begin' | 'complete' | 'newest'; code: string } | undefined;

  private constructor(store: TestStore) {
    this.store = store;
  }

  static async open(): Promise<TestSaves> {
    return new TestSaves(await TestStore.open());
  }

  /** The session is this player's. */
  note(sessionId: string, userId: string, game: string): void {
    if (!this.#owners.has(sessionId)) this.#owners.set(sessionId, `${userId}/${game}`);
  }

  good(userId: string, game: string, slot = DEFAULT_SAVE_SLOT): Save | undefined {
    return this.#good.get(`${userId}/${game}/${slot}`)?.save;
  }

  /** What lies in the store of a good save. */
  async bytesOf(userId: string, game: string, slot = DEFAULT_SAVE_SLOT): Promise<Buffer | undefined> {
    const good = this.#good.get(`${userId}/${game}/${slot}`);
    return good === undefined ? undefined : this.store.read(good.key);
  }

  /** Answers a request below /node/v1/saves. */
  async answer(method: string, path: string, body: unknown): Promise<[number, object]> {
    const url = new URL(path, 'http://edge');
    const name = method === 'GET' ? 'newest' : url.pathname.endsWith('/complete') ? 'complete' : 'begin';
    this.calls.push(name);
    if (this.refuse?.call === name) return refusal(this.refuse.code);
    if (name === 'newest') return this.#newest(url.searchParams.get('sessionId') ?? '');
    if (name === 'begin') return this.#begin(body);
    return this.#complete(url.pathname.split('/').at(-2) ?? '');
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  async #newest(sessionId: string): Promise<[number, object]> {
    const owner = this.#owners.get(sessionId);
    const good = this.#good.get(`${owner}/${DEFAULT_SAVE_SLOT}`);
    if (good === undefined) return [200, { save: null }];
    return [200, { save: { ...good.save, download: await this.store.downloadLink(good.key) } }];
  }

  async #begin(body: unknown): Promise<[number, object]> {
    const { sessionId, slot = DEFAULT_SAVE_SLOT, size, sha256 } = beginSaveRequestSchema.parse(body);
    const owner = this.#owners.get(sessionId);
    if (owner === undefined) return refusal('session_not_held');
    const id = randomUUID();
    const game = owner.split('/').at(-1) ?? '';
    const savedAt = new Date().toISOString();
    const save: Save = { id, game, slot, buildVersion: '1', size, sha256, savedAt };
    const key = `saves/${owner}/${id}`;
    this.#uploads.set(id, { save, key });
    return [201, { saveId: id, upload: await this.store.uploadLink(key, { size, sha256 }) }];
  }

  async #complete(id: string): Promise<[number, object]> {
    const upload = this.#uploads.get(id);
    if (upload === undefined) return refusal('save_not_found');
    if ((await this.store.read(upload.key))?.length !== upload.save.size) return refusal('save_incomplete');
    const owner = upload.key.split('/').slice(1, 3).join('/');
    this.#good.set(`${owner}/${upload.save.slot}`, upload);
    return [200, upload.save];
  }
}

function refusal(code: string): [number, object] {
  const known = errorCodeSchema.parse(code);
  return [
    409,
    { type: `urn:nearcade:error:${known}`, title: known, status: 409, detail: known, code: known },
  ];
}
