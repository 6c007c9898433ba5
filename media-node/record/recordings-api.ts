import { openAsBlob } from 'node:fs';
import { callApi } from '#shared/api/client.ts';
import type { CallInput, CallOutput, EndpointSpec } from '#shared/api/endpoint.ts';
import { type BeginRecording, nodeRecordingsApi, RECORDING_UPLOAD_TTL_S } from '#shared/api/recordings.ts';
import type { SaveLink } from '#shared/api/saves.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Held } from '../saves/saves-api.ts';

export interface RecordingsApiOptions {
  edgeUrl: string;
  /** The node's bearer token. Throws `unavailable` while the node is not registered. */
  token: () => string;
}

/** Milliseconds that one request to the edge may take: it may have the store read the whole file. */
const REQUEST_TIMEOUT_MS = 60_000;

/** Where recordings go: the edge knows of them, the object store has them. */
export class RecordingsApi {
  readonly #options: RecordingsApiOptions;

  constructor(options: RecordingsApiOptions) {
    this.#options = options;
  }

  /** Throws the edge's own codes, `unavailable` when it can't be reached; so does `complete`. */
  async begin(recording: BeginRecording): Promise<SaveLink | null> {
    return (await this.#call(nodeRecordingsApi.begin, { body: recording })).upload;
  }

  /** Streams the file from the disk to the link. Throws `unavailable`. */
  async put(link: SaveLink, file: string, signal: AbortSignal): Promise<void> {
    const { 'content-length': _, ...headers } = link.headers; // fetch says it itself
    const body = await openAsBlob(file);
    const late = AbortSignal.timeout(RECORDING_UPLOAD_TTL_S * 1000);
    let answer: Response;
    try {
      answer = await fetch(link.url, {
        method: link.method,
        headers,
        body,
        signal: AbortSignal.any([signal, late]),
      });
    } catch (cause) {
      throw new NearcadeError('unavailable', 'The store of recordings cannot be reached', { cause });
    }
    await answer.body?.cancel();
    if (!answer.ok) {
      throw new NearcadeError('unavailable', 'The store of recordings refused', {
        details: { status: answer.status },
      });
    }
  }

  async complete(held: Held, id: string): Promise<void> {
    await this.#call(nodeRecordingsApi.complete, { params: { id }, body: held });
  }

  #call<S extends EndpointSpec>(spec: S, input: CallInput<S>): Promise<CallOutput<S>> {
    const { edgeUrl, token } = this.#options;
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    return callApi(spec, input, { fetch, origin: edgeUrl.replace(/\/+$/, ''), token: token(), signal });
  }
}
