import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { services, unique } from '#edge/testing/platform.ts';
import { openObjectStore } from './objects.ts';

const CONTENT = 'level 7';
const FACTS = { size: 7, sha256: createHash('sha256').update(CONTENT).digest('hex') };

async function putObject(): Promise<string> {
  const { objects } = await services();
  const key = unique('objects/test');
  const { url, headers } = await objects.uploadLink(key, FACTS, 60);
  const checksum = headers['x-amz-checksum-sha256'] ?? '';
  const put = await fetch(url, {
    method: 'PUT',
    body: CONTENT,
    headers: { 'x-amz-checksum-sha256': checksum },
  });
  expect(put.status).toBe(200);
  return key;
}

describe('the object store', () => {
  it('tells size and checksum, and nothing of what is not there', async () => {
    const { objects } = await services();
    const key = await putObject();
    expect(await objects.stat(key)).toEqual(FACTS);
    await objects.delete(key);
    expect(await objects.stat(key)).toBeUndefined();
    await objects.delete(key);
  });

  it('reads what lies there when a store keeps no checksums', async () => {
    const key = await putObject();
    const { settings } = await services();
    const asked: string[] = [];
    const forgetful: typeof fetch = async (input, init) => {
      asked.push(init?.method ?? 'GET');
      const answer = await fetch(input, init);
      const headers = new Headers(answer.headers);
      headers.delete('x-amz-checksum-sha256');
      return new Response(answer.body, { status: answer.status, headers });
    };
    const store = openObjectStore(settings, undefined, forgetful);
    expect(await store.stat(key)).toEqual(FACTS);
    expect(asked).toEqual(['HEAD', 'GET']);
  });

  it('that refuses or is away is unavailable', async () => {
    const { settings } = await services();
    const wrongKey = openObjectStore({ ...settings, SAVES_S3_SECRET_ACCESS_KEY: 'wrong' });
    await expect(wrongKey.stat('a')).rejects.toMatchObject({ code: 'unavailable' });
    const away = openObjectStore({ ...settings, SAVES_S3_ENDPOINT: 'http://127.0.0.1:1' });
    await expect(away.delete('a')).rejects.toMatchObject({ code: 'unavailable' });
  });
});
