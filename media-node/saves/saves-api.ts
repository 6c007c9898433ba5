import { openAsBlob } from 'node:fs';
import { open } from 'node:fs/promises';
import { callApi } from '#shared/api/client.ts';
import type { CallInput, CallOutput, EndpointSpec } from '#shared/api/endpoint.ts';
import { nodeSavesApi, type Save, type SaveLink } from '#shared/api/saves.ts';
import { NearcadeError } from '#shared/errors.ts';

/** A session as the edge gave it to this node. */
export interface Held {
  sessionId: string;
  epoch: number;
}

export interface SavesApiOptions {
  edgeUrl: string;
  /** The node's bearer token. Throws `unavailable` while the node is not registered. */
  token: () => string;
  fetch?: typeof fetch;
}

/** Milliseconds that one request to the edge may take. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Bytes a millisecond that a way to the store has at least, after this many milliseconds for everything else. */
const SLOWEST_BYTES_PER_MS = 60;
const TRANSFER_TIMEOUT_MS = 15_000;

/** Where saves lie: the edge knows of them, the object store has them. */
export class SavesApi {
  readonly #origin: string;
  readonly #token: () => string;
  readonly #fetch: typeof fetch;

  constructor({ edgeUrl, token, fetch: fetcher = fetch }: SavesApiOptions) {
    this.#origin = edgeUrl.replace(/\/+$/, '');
    this.#token = token;
    this.#fetch = fetcher;
  }

  /** Throws the edge's own codes, `unavailable` when it can't be reached; so do the others. */
  begin(held: Held, slot: string | undefined, { size, sha256 }: Pick<Save, 'size' | 'sha256'>) {
    return this.#call(nodeSavesApi.begin, {
      body: { ...held, size, sha256, ...(slot === undefined ? {} : { slot }) },
    });
  }

  complete(held: Held, saveId: string): Promise<Save> {
    return this.#call(nodeSavesApi.complete, { params: { id: saveId }, body: held });
  }

  /** What the session begins with; null: nothing. */
  async newest(held: Held): Promise<(Save & { download: SaveLink }) | null> {
    return (await this.#call(nodeSavesApi.newest, { query: held })).save;
  }

  /** Puts the file at the link. Throws `unavailable`; with `details.status` the store has refused it. */
  async put(link: SaveLink, file: string): Promise<void> {
    const body = await openAsBlob(file);
    const { 'content-length': _, ...headers } = link.headers; // fetch says it itself
    const answer = await this.#transfer(link, body.size, { body, headers });
    await answer.body?.cancel();
  }

  /** Writes what lies at the link into `file`, which must not exist. Throws `unavailable`, or `save_invalid` for more than `size` bytes. */
  async download(link: SaveLink, size: number, file: string): Promise<void> {
    const answer = await this.#transfer(link, size, { headers: link.headers });
    await using target = await open(file, 'wx', 0o600);
    let got = 0;
    try {
      for await (const chunk of answer.body ?? []) {
        got += chunk.length;
        if (got > size) throw new NearcadeError('save_invalid', 'More bytes than the save has');
        await target.write(chunk);
      }
    } catch (cause) {
      throw cause instanceof NearcadeError ? cause : unreachable(cause);
    }
  }

  async #transfer({ url, method }: SaveLink, size: number, init: RequestInit): Promise<Response> {
    const signal = AbortSignal.timeout(TRANSFER_TIMEOUT_MS + Math.ceil(size / SLOWEST_BYTES_PER_MS));
    const answer = await this.#fetch(url, { ...init, method, signal }).catch((cause: unknown) => {
      throw unreachable(cause);
    });
    if (answer.ok) return answer;
    await answer.body?.cancel();
    throw new NearcadeError('unavailable', 'The store of saved games refused', {
      details: { status: answer.status },
    });
  }

  #call<S extends EndpointSpec>(spec: S, input: CallInput<S>): Promise<CallOutput<S>> {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    return callApi(spec, input, { fetch: this.#fetch, origin: this.#origin, token: this.#token(), signal });
  }
}

function unreachable(cause: unknown): NearcadeError {
  return new NearcadeError('unavailable', 'The store of saved games cannot be reached', { cause });
}
