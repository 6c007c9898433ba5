import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { lookAtRedis, lookAtSaves } from './backends.ts';

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

/** A cloud that answers everything so. */
async function cloud(status: number, text: string): Promise<string> {
  const opened = createServer((_, response) => response.writeHead(status).end(text));
  server = opened;
  await new Promise<void>(resolve => opened.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(opened.address() as AddressInfo).port}`;
}

const { signal } = new AbortController();
const NOWHERE = 'http://127.0.0.1:1';
const redisSays = (error: string) => JSON.stringify({ error });
const s3Says = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`;

const redis = (url: string) =>
  lookAtRedis({ UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: 'canary' }, signal);
const saves = (SAVES_S3_ENDPOINT: string) =>
  lookAtSaves(
    {
      SAVES_S3_ENDPOINT,
      SAVES_S3_BUCKET: 'saves',
      SAVES_S3_REGION: 'auto',
      SAVES_S3_ACCESS_KEY_ID: 'canary',
      SAVES_S3_SECRET_ACCESS_KEY: 'canary',
    },
    signal,
  );

describe('Redis', () => {
  it.each([
    [401, redisSays('WRONGPASS invalid or missing auth token'), /_TOKEN: .*refuses it \(WRONGPASS/],
    [400, redisSays("NOPERM this user has no permissions to run the 'del' command"), /_TOKEN: .*NOPERM/],
    [401, redisSays('Unauthorized'), /_TOKEN: .*Unauthorized/],
    [200, '<html>', /_URL: .*no Redis of Upstash/],
    [404, 'not found', /_URL: .*no Redis of Upstash/],
  ])('that does not let us in is refused: %s %s', async (status, text, message) => {
    expect(await redis(await cloud(status, text))).toEqual({ refused: expect.stringMatching(message) });
  });

  it.each([
    [400, redisSays('ERR max requests limit exceeded. Limit: 500000, Usage: 500000'), /now \(ERR max req/],
    [429, redisSays('ERR slow down'), /now \(ERR slow down\)/],
    [503, '<html>', /answers 503/],
  ])('that is away or throttles is told: %s %s', async (status, text, message) => {
    expect(await redis(await cloud(status, text))).toEqual({ away: expect.stringMatching(message) });
  });

  it('that nobody reaches is told', async () => {
    expect(await redis(NOWHERE)).toEqual({ away: expect.stringMatching(/cannot be reached/) });
  });
});

describe('the store of saved games', () => {
  it.each([
    [403, s3Says('SignatureDoesNotMatch'), /_KEY: .*read in saves \(SignatureDoesNotMatch\)/],
    [401, s3Says('Unauthorized'), /_KEY: .*\(Unauthorized\)/],
    [400, s3Says('InvalidArgument'), /_KEY: .*\(InvalidArgument\)/],
    [404, s3Says('NoSuchBucket'), /_BUCKET: .*no bucket saves/],
  ])('that does not let us in is refused: %s %s', async (status, text, message) => {
    expect(await saves(await cloud(status, text))).toEqual({ refused: expect.stringMatching(message) });
  });

  it.each([
    [500, s3Says('InternalError'), /now \(InternalError\)/],
    [503, s3Says('SlowDown'), /now \(SlowDown\)/],
    [429, '', /now \(status 429\)/],
  ])('that is away or throttles is told: %s %s', async (status, text, message) => {
    expect(await saves(await cloud(status, text))).toEqual({ away: expect.stringMatching(message) });
  });

  it('that nobody reaches is told, and one that has no such save is right', async () => {
    expect(await saves(NOWHERE)).toEqual({ away: expect.stringMatching(/cannot be reached/) });
    expect(await saves(await cloud(404, s3Says('NoSuchKey')))).toBeUndefined();
  });
});
