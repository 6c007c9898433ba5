import { type CallOptions, callApi } from '#shared/api/client.ts';
import type { CallInput, CallOutput, EndpointSpec } from '#shared/api/endpoint.ts';

/** Milliseconds that an answer may take before it counts as none. */
const TIMEOUT_MS = 20_000;

/** Somebody who uses the platform from outside, by one version of the Worker. */
export class Visitor {
  readonly #origin: string;
  readonly #headers: Readonly<Record<string, string>>;

  /**
   * `origin`: where the platform is reached. `version`: the one that answers, pinned by Cloudflare's header
   * (developers.cloudflare.com/workers/versions-and-deployments/version-overrides); undefined for any.
   */
  constructor(origin: string, worker: string, version?: string) {
    this.#origin = origin;
    this.#headers =
      version === undefined ? {} : { 'Cloudflare-Workers-Version-Overrides': `${worker}="${version}"` };
  }

  /** Calls the API as the web app does. Throws the platform's own error. */
  call<S extends EndpointSpec>(
    spec: S,
    input: CallInput<S>,
    options: Partial<CallOptions> = {},
  ): Promise<CallOutput<S>> {
    return callApi(spec, input, {
      fetch: (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) }),
      origin: this.#origin,
      headers: this.#headers,
      ...options,
    });
  }

  /** Fetches a page or file. */
  get(path: string): Promise<Response> {
    return fetch(new URL(path, this.#origin), {
      headers: this.#headers,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  }
}
