import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Platform, startPlatform } from '#local/platform.ts';
import { playApi } from '#shared/api/play.ts';
import type { NearcadeError } from '#shared/errors.ts';
import { ApiClient } from './support/api.ts';
import { NodeSocket } from './support/node-socket.ts';
import { until } from './support/until.ts';

/** What the issue asks to outlast: shorter than a node's lease, so that nothing that runs is given up. */
const OUTAGE_MS = 10_000;

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ name: 'e2e-outages', slots: 2 });
});

afterAll(async () => {
  await platform?.close();
});

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: NearcadeError) => error.code,
  );

const stateOf = async (player: ApiClient, id: string) =>
  (await player.call(playApi.get, { params: { id } })).state;

describe('Postgres down for 10 s', () => {
  it('answers a clear 503, loses nothing and recovers by itself', async () => {
    const [host, other] = [
      await ApiClient.register(platform.baseUrl, 'Hedy'),
      await ApiClient.register(platform.baseUrl, 'Otto'),
    ];
    const { session, ticket, signalUrl } = await host.createSession('probe');
    const stopped = performance.now();
    await platform.postgres.stop();
    // What happens on the node meanwhile: the game starts, its events have to wait.
    const socket = await NodeSocket.open(signalUrl);
    expect(await socket.hello(ticket)).toBe('welcome');
    const key = crypto.randomUUID();
    const refused = await other.post(playApi.create, { game: 'probe' }, key);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: 'unavailable' });
    expect(await codeOf(host.call(playApi.current, {}))).toBe('unavailable');
    expect((await fetch(`${platform.baseUrl}/healthz`)).status).toBe(200);
    await sleep(OUTAGE_MS - (performance.now() - stopped));
    await platform.postgres.start();
    await until('the session plays', async () => (await stateOf(host, session.id)) === 'playing');
    const answers = await Promise.all([1, 2].map(() => other.post(playApi.create, { game: 'probe' }, key)));
    expect(answers.map(answer => answer.status)).toEqual([201, 201]);
    const bodies = await Promise.all(answers.map(answer => answer.json()));
    const ids = bodies.map(body => playApi.create.response.parse(body).session.id);
    expect(ids[0]).toBe(ids[1]);
    expect(await stateOf(host, session.id)).toBe('playing');
    socket.quit();
    await until('the end is known', async () => (await stateOf(host, session.id)) === 'ended');
  });
});

describe('Redis down', () => {
  it('keeps out who signs in anew, and lets everybody else play on', async () => {
    const player = await ApiClient.register(platform.baseUrl, 'Rita');
    await platform.redis.stop();
    try {
      expect(await codeOf(ApiClient.register(platform.baseUrl, 'Late'))).toBe('unavailable');
      const { session, ticket, signalUrl } = await player.createSession('probe');
      const socket = await NodeSocket.open(signalUrl);
      expect(await socket.hello(ticket)).toBe('welcome');
      await until('the session plays', async () => (await stateOf(player, session.id)) === 'playing');
      socket.quit();
      await until('the session has ended', async () => (await stateOf(player, session.id)) === 'ended');
    } finally {
      await platform.redis.start();
    }
    await until(
      'sign-in is back',
      async () => (await codeOf(ApiClient.register(platform.baseUrl, 'Back'))) === 'done',
    );
  });
});
