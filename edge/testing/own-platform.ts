import { createExecutionContext } from 'cloudflare:test';
import type { Bindings } from '#edge/bindings.ts';
import worker from '#edge/worker.ts';
import { callApi } from '#shared/api/client.ts';
import type { CallInput, CallOutput, EndpointSpec } from '#shared/api/endpoint.ts';
import { bindings, ORIGIN, type TestPlayer, unique } from './platform.ts';

export interface From {
  player?: Pick<TestPlayer, 'token'> | undefined;
  /** The client's address, as Cloudflare tells it. */
  address?: string;
  headers?: Record<string, string>;
  idempotencyKey?: string;
}

/** One isolate of a Worker that serves a platform of this test's own: what operators set there disturbs no other test. */
export class OwnPlatform {
  readonly name: string;
  readonly bindings: Bindings;

  constructor(name = unique('platform'), settings: Record<string, string> = {}) {
    this.name = name;
    this.bindings = { ...bindings, PLATFORM_NAME: name, ...settings };
  }

  /** Another isolate of the same platform: it knows nothing of what this one has cached. */
  another(settings: Record<string, string> = {}): OwnPlatform {
    return new OwnPlatform(this.name, settings);
  }

  async fetch(path: string, init?: RequestInit): Promise<Response> {
    const request = new Request(`${ORIGIN}${path}`, init) as Parameters<typeof worker.fetch>[0];
    return worker.fetch(request, this.bindings, createExecutionContext());
  }

  /** As `api` of testing/platform.ts. */
  api<S extends EndpointSpec>(
    spec: S,
    input: CallInput<S>,
    { player, address, headers = {}, idempotencyKey = crypto.randomUUID() }: From = {},
  ): Promise<CallOutput<S>> {
    return callApi(spec, input, {
      fetch: (path, init) => this.fetch(path as string, init as RequestInit),
      token: player?.token,
      idempotencyKey,
      headers: { ...headers, ...(address === undefined ? {} : { 'cf-connecting-ip': address }) },
    });
  }
}
