import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseSettings } from '#edge/env.ts';
import type { Services } from '#edge/services.ts';
import { openDatabase } from '#edge/store/database.ts';
import { OwnPlatform } from '#edge/testing/own-platform.ts';
import { bindings, services } from '#edge/testing/platform.ts';
import { serviceApi } from '#shared/api/service.ts';
import { Readiness } from './readiness.ts';

const NOWHERE = 'http://127.0.0.1:1';

/** What this Worker answers who asks, as anybody may. */
async function answerOf(settings: Record<string, string>): Promise<[number, unknown]> {
  const response = await new OwnPlatform(undefined, settings).fetch(serviceApi.ready.path);
  return [response.status, await response.json()];
}

describe('whether the Worker is ready', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    // The driver's endpoint is global: put it back for the tests that follow.
    openDatabase(parseSettings(bindings));
  });

  it('is said when Postgres, Redis and the store of saved games let it in', async () => {
    expect(await answerOf({})).toEqual([200, expect.objectContaining({ status: 'ok' })]);
  });

  it.each([
    ['a wrong password of Postgres', ['database'], () => ({ DATABASE_URL: otherPassword() })],
    ['a wrong token of Redis', ['redis'], () => ({ UPSTASH_REDIS_REST_TOKEN: 'a token of nobody' })],
    ['a wrong key of the store', ['saves'], () => ({ SAVES_S3_SECRET_ACCESS_KEY: 'a key of nobody' })],
    ['a bucket that is not there', ['saves'], () => ({ SAVES_S3_BUCKET: 'nobodys-bucket' })],
    [
      'all that is away',
      ['database', 'redis', 'saves'],
      () => ({
        NEON_FETCH_ENDPOINT: `${NOWHERE}/sql`,
        UPSTASH_REDIS_REST_URL: NOWHERE,
        SAVES_S3_ENDPOINT: NOWHERE,
      }),
    ],
  ])('names the part and nothing more: %s', async (_, parts, settings) => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    const [status, problem] = await answerOf(settings());
    const whatIsSaid = {
      type: 'urn:nearcade:error:unavailable',
      title: expect.any(String),
      status: 503,
      code: 'unavailable',
      detail: `Not ready: ${parts.join(', ')}`,
      instance: '/readyz',
      details: { parts },
    };
    expect([status, problem]).toEqual([503, whatIsSaid]);
    const lines = logged.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
    const seen = lines.filter(({ message }) => message === 'not ready').map(({ part }) => part);
    expect(seen.sort()).toEqual(parts);
  });

  it('is looked at once in five seconds however many ask, and after one when something lacks', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const { db, objects } = await services();
    let at = 0;
    let pings = 0;
    let isAway = false;
    const hints = {
      async ping() {
        pings++;
        if (isAway) throw new Error('away');
      },
    };
    const reached = { db, objects, hints, now: () => new Date(at) } as unknown as Services;
    const readiness = new Readiness();
    const look = async (time: number) => {
      at = time;
      return [await readiness.lacking(reached), pings];
    };
    expect(await look(0)).toEqual([[], 1]);
    isAway = true;
    expect(await look(4_999)).toEqual([[], 1]);
    // One looks, those who ask meanwhile do not wait for it.
    at = 5_000;
    expect(await Promise.all([1, 2, 3].map(() => readiness.lacking(reached)))).toEqual([['redis'], [], []]);
    expect(pings).toBe(2);
    isAway = false;
    expect(await look(5_999)).toEqual([['redis'], 2]);
    expect(await look(6_000)).toEqual([[], 3]);
  });
});

function otherPassword(): string {
  const url = new URL(String(bindings.DATABASE_URL));
  url.password = 'of-nobody';
  return url.href;
}
