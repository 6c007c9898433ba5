import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsV4Signer } from 'aws4fetch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ObjectStoreServer, startObjectStore } from './object-store.ts';

const SECRET = 'a secret of the test';
const CONTENT = Buffer.from('level 7, three lives');

let folder: string;
let store: ObjectStoreServer;
let now = new Date();
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nearcade-objects-'));
  store = await startObjectStore({ folder, secretAccessKey: SECRET, now: () => now });
});
afterAll(async () => {
  await store?.close();
  rmSync(folder, { recursive: true, force: true });
});

const checksum = (content: Uint8Array) => createHash('sha256').update(content).digest('base64');

interface Link {
  secret?: string;
  seconds?: number;
  headers?: Record<string, string>;
  bucket?: string;
  query?: string;
}

/** Signed by aws4fetch: what checks it is AWS's own code. */
async function link(
  method: string,
  key: string,
  { secret = SECRET, seconds = 60, headers = {}, bucket = store.bucket, query = '' }: Link = {},
): Promise<string> {
  const signed = await new AwsV4Signer({
    method,
    url: `${store.url}/${bucket}/${key}?X-Amz-Expires=${seconds}${query}`,
    headers,
    accessKeyId: store.accessKeyId,
    secretAccessKey: secret,
    service: 's3',
    region: store.region,
    datetime: now.toISOString().replace(/[:-]|\.\d{3}/g, ''),
    signQuery: true,
    allHeaders: true,
  }).sign();
  return signed.url.href;
}

const headersFor = (content: Uint8Array) => ({
  'content-length': String(content.length),
  'x-amz-checksum-sha256': checksum(content),
});

async function put(key: string, content: Uint8Array, said = content): Promise<Response> {
  const headers = headersFor(said);
  return fetch(await link('PUT', key, { headers }), {
    method: 'PUT',
    body: Buffer.from(content),
    headers: { 'x-amz-checksum-sha256': headers['x-amz-checksum-sha256'] },
  });
}

const read = async (key: string) => fetch(await link('GET', key));
const codeOf = async (answer: Response) => /<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1];

describe('the object store', () => {
  it('gives back what was put there, whole, with its checksum when asked', async () => {
    expect((await put('saves/a/b', CONTENT)).status).toBe(200);
    const got = await read('saves/a/b');
    expect(Buffer.from(await got.arrayBuffer())).toEqual(CONTENT);
    const headers = { 'x-amz-checksum-mode': 'ENABLED' };
    const head = await fetch(await link('HEAD', 'saves/a/b', { headers }), { method: 'HEAD', headers });
    expect(head.headers.get('content-length')).toBe(String(CONTENT.length));
    expect(head.headers.get('x-amz-checksum-sha256')).toBe(checksum(CONTENT));
    const query = '&response-content-disposition=attachment%3B%20filename%3D%22a.save%22';
    const named = await fetch(await link('GET', 'saves/a/b', { query }));
    expect(named.headers.get('content-disposition')).toBe('attachment; filename="a.save"');
  });

  it('deletes, also what is not there', async () => {
    await put('saves/gone', CONTENT);
    for (const _ of [1, 2]) {
      expect((await fetch(await link('DELETE', 'saves/gone'), { method: 'DELETE' })).status).toBe(204);
    }
    expect(await codeOf(await read('saves/gone'))).toBe('NoSuchKey');
  });

  it('refuses what is not signed, or by somebody else, or for something else', async () => {
    await put('saves/mine', CONTENT);
    expect(await codeOf(await fetch(`${store.url}/${store.bucket}/saves/mine`))).toBe('AccessDenied');
    expect(await codeOf(await fetch(await link('GET', 'saves/mine', { secret: 'guessed' })))).toBe(
      'SignatureDoesNotMatch',
    );
    const good = await link('GET', 'saves/mine');
    for (const url of [
      good.replace('saves/mine', 'saves/other'),
      good.replace('X-Amz-Expires=60', 'X-Amz-Expires=6000'),
      `${good}&response-content-disposition=inline`,
    ]) {
      expect(await codeOf(await fetch(url))).toBe('SignatureDoesNotMatch');
    }
    expect(await codeOf(await fetch(good, { method: 'DELETE' }))).toBe('SignatureDoesNotMatch');
    expect(await codeOf(await fetch(await link('GET', 'saves/mine', { bucket: 'another' })))).toBe(
      'NoSuchBucket',
    );
    expect((await read('saves/mine')).status).toBe(200);
  });

  it('refuses a link that has expired, and one from the future', async () => {
    await put('saves/late', CONTENT);
    const before = now;
    const url = await link('GET', 'saves/late', { seconds: 60 });
    now = new Date(before.getTime() + 59_000);
    expect((await fetch(url)).status).toBe(200);
    now = new Date(before.getTime() + 62_000);
    const late = await fetch(url);
    expect([late.status, await codeOf(late)]).toEqual([403, 'AccessDenied']);
    now = new Date(before.getTime() - 20 * 60_000);
    expect(await codeOf(await fetch(url))).toBe('RequestTimeTooSkewed');
    now = before;
  });

  it('takes exactly the content that the link was made for', async () => {
    await put('saves/exact', CONTENT);
    const other = Buffer.from('level 8, four  lives');
    expect(other.length).toBe(CONTENT.length);
    expect(await codeOf(await put('saves/exact', other, CONTENT))).toBe('BadDigest');
    expect(await codeOf(await put('saves/exact', Buffer.concat([CONTENT, other]), CONTENT))).toBe(
      'SignatureDoesNotMatch',
    );
    expect(await (await read('saves/exact')).text()).toBe(CONTENT.toString());
    const tooLarge = { ...headersFor(CONTENT), 'content-length': String(5 * 1024 ** 3 + 1) };
    const url = await link('PUT', 'saves/exact', { headers: tooLarge });
    expect(await sendSome(url, tooLarge, CONTENT, 'wait')).toBe(400);
  });

  it('keeps the old object when an upload breaks off, and nothing of the new one', async () => {
    await put('saves/cut', CONTENT);
    const long = Buffer.alloc(1024 * 1024, 7);
    const headers = headersFor(long);
    await sendSome(await link('PUT', 'saves/cut', { headers }), headers, long.subarray(0, 1000), 'cut');
    expect(await (await read('saves/cut')).text()).toBe(CONTENT.toString());
    await expect.poll(() => readdirSync(join(folder, '.uploads'))).toEqual([]);
  });

  it.each(['.uploads', '.hidden', 'with~tilde', 'x'.repeat(200)])('refuses the key %s', async key => {
    expect(await codeOf(await put(key, CONTENT))).toBe('InvalidArgument');
  });
});

/** Sends a PUT that says more than it brings: then waits for the answer's status, or cuts the connection. */
function sendSome(
  url: string,
  headers: Record<string, string>,
  content: Uint8Array,
  then: 'wait' | 'cut',
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'PUT', headers }, answer => {
      resolve(answer.statusCode);
      sent.destroy();
    });
    sent.on('error', error => (then === 'cut' ? resolve(undefined) : reject(error)));
    sent.write(content, () => {
      if (then === 'cut') sent.destroy(new Error('cut'));
    });
  });
}
