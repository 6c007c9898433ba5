import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NearcadeError, toProblem } from '#shared/errors.ts';
import { Access } from './access.ts';
import { ApiClient } from './client.ts';

/** A server of the test's own on loopback that speaks the contract: tokens a1, a2, ... each good until revoked. */
class Edge {
  readonly seen: { url: string; authorization: string | undefined; key: string | undefined }[] = [];
  issued = 0;
  valid = '';
  refreshable = true;
  #server: Server | undefined;

  async listen(): Promise<string> {
    this.#server = createServer((request, response) => {
      const [status, body] = this.#answer(request);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    const server = this.#server;
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    await new Promise(resolve => this.#server?.close(resolve));
  }

  #answer(request: IncomingMessage): [number, unknown] {
    const header = (name: string) => request.headers[name] as string | undefined;
    this.seen.push({
      url: request.url ?? '',
      authorization: header('authorization'),
      key: header('idempotency-key'),
    });
    if (request.url === '/v1/accounts/refresh' || request.url === '/v1/accounts/login') {
      if (!this.refreshable) return [401, toProblem(new NearcadeError('refresh_reused'))];
      this.valid = `a${++this.issued}`;
      const user = {
        id: '6f9619ff-8b86-4d01-b42d-00c04fc964ff',
        email: 'a@b.ch',
        displayName: 'Ada',
        role: 'player',
        emailVerified: false,
        guest: false,
      };
      return [200, { user, accessToken: this.valid, expiresIn: 600, current: null }];
    }
    if (header('authorization') !== `Bearer ${this.valid}`) {
      return [401, toProblem(new NearcadeError('token_expired'))];
    }
    if (request.url === '/v1/sessions') return [503, toProblem(new NearcadeError('no_capacity'))];
    return [200, { games: [], nextCursor: null }];
  }
}

let edge: Edge;
let access: Access;
let api: ApiClient;

beforeEach(async () => {
  edge = new Edge();
  const origin = await edge.listen();
  const fetcher: typeof fetch = (path, init) => fetch(`${origin}${String(path)}`, init);
  access = new Access(fetcher);
  api = new ApiClient(fetcher, access);
});

afterEach(async () => {
  access.signOut();
  await edge.close();
});

const asked = (url: string) => edge.seen.filter(request => request.url === url);

describe('the API client', () => {
  it('refreshes once for any number of requests that met a stale token', async () => {
    await api.login('a@b.ch', 'long enough');
    edge.valid = 'revoked';
    expect(await Promise.all([api.games(), api.games(), api.games()])).toEqual([[], [], []]);
    expect(asked('/v1/accounts/refresh')).toHaveLength(1);
  });

  it('is signed out when the refresh token is no longer good', async () => {
    await api.login('a@b.ch', 'long enough');
    expect(access.state.value.kind).toBe('in');
    edge.valid = 'revoked';
    edge.refreshable = false;
    await expect(api.games()).rejects.toMatchObject({ code: 'token_expired' });
    expect(access.state.value).toEqual({ kind: 'out' });
  });

  it('keeps the idempotency key when it says a request again', async () => {
    await api.login('a@b.ch', 'long enough');
    edge.valid = 'revoked';
    await expect(api.createSession('probe', 0)).rejects.toMatchObject({ code: 'no_capacity' });
    const [first, second] = asked('/v1/sessions');
    expect(first?.key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(second?.key).toBe(first?.key);
    expect(second?.authorization).toBe('Bearer a2');
  });

  it('says that nothing was reached', async () => {
    await edge.close();
    await expect(api.login('a@b.ch', 'long enough')).rejects.toMatchObject({ code: 'unavailable' });
  });
});
