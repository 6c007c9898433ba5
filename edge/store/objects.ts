import { AwsV4Signer } from 'aws4fetch';
import type { Settings } from '#edge/env.ts';
import { NearcadeError } from '#shared/errors.ts';

/** A request that the store takes from anybody who makes it just so before `expiresAt`. */
export interface PresignedRequest {
  method: 'GET' | 'PUT';
  url: string;
  headers: Record<string, string>;
  expiresAt: Date;
}

export interface ObjectFacts {
  /** Bytes. */
  size: number;
  /** Lower-case hexadecimal. */
  sha256: string;
}

/** Where large things lie: saved games. What an object is for stands in Postgres. */
export interface ObjectStore {
  /** Puts exactly that content there, nothing else. */
  uploadLink(key: string, facts: ObjectFacts, seconds: number): Promise<PresignedRequest>;
  /** `fileName`: what a browser calls it. */
  downloadLink(key: string, fileName: string, seconds: number): Promise<PresignedRequest>;
  /** What lies there; undefined when nothing does. Throws `unavailable`. */
  stat(key: string): Promise<ObjectFacts | undefined>;
  /** Done also when there is nothing. Throws `unavailable`. */
  delete(key: string): Promise<void>;
  /** Whether our account may read in our bucket. Throws `unavailable` when not, or when there is no such bucket. */
  probe(): Promise<void>;
}

/**
 * Nothing lies there. Asked for by GET, whose answer says whether it is the key or the bucket that is missing; and by what any key of ours may
 * do, which asking for the bucket itself need not be.
 */
const PROBE_KEY = 'readiness/nothing';

/** Seconds that our own signed requests are good for: they are made at once. */
const OWN_REQUEST_S = 60;

/** Characters of a store's answer for our log. */
const TOLD_MAX = 300;

/** Seconds that the store may take for one of them. */
const TIMEOUT_S = 10;

type StoreSettings = Pick<
  Settings,
  | 'SAVES_S3_ENDPOINT'
  | 'SAVES_S3_REGION'
  | 'SAVES_S3_BUCKET'
  | 'SAVES_S3_ACCESS_KEY_ID'
  | 'SAVES_S3_SECRET_ACCESS_KEY'
>;

/**
 * Any store that speaks S3 (R2, S3, MinIO), by requests presigned with Signature Version 4, path-style addresses.
 * Keys are our own: letters, digits, `/`, `.`, `_` and `-`.
 */
export function openObjectStore(
  settings: StoreSettings,
  now: () => Date = () => new Date(),
  fetcher: typeof fetch = (input, init) => fetch(input, init),
): ObjectStore {
  const presign = async (
    method: string,
    key: string,
    seconds: number,
    { query = {}, headers = {} }: { query?: Record<string, string>; headers?: Record<string, string> } = {},
  ) => {
    const at = now();
    const url = new URL(`${settings.SAVES_S3_ENDPOINT}/${settings.SAVES_S3_BUCKET}/${key}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    url.searchParams.set('X-Amz-Expires', String(seconds));
    const signed = await new AwsV4Signer({
      method,
      url: url.href,
      headers,
      accessKeyId: settings.SAVES_S3_ACCESS_KEY_ID,
      secretAccessKey: settings.SAVES_S3_SECRET_ACCESS_KEY,
      service: 's3',
      region: settings.SAVES_S3_REGION,
      datetime: at.toISOString().replace(/[:-]|\.\d{3}/g, ''),
      signQuery: true,
      // Else the length would not be signed, and a link take any number of bytes.
      allHeaders: true,
    }).sign();
    return { url: signed.url.href, expiresAt: new Date(at.getTime() + seconds * 1000) };
  };
  const ask = async (method: string, key: string, headers: Record<string, string> = {}) => {
    const { url } = await presign(method, key, OWN_REQUEST_S, { headers });
    let answer: Response;
    try {
      answer = await fetcher(url, { method, headers, signal: AbortSignal.timeout(TIMEOUT_S * 1000) });
    } catch (cause) {
      throw new NearcadeError('unavailable', 'The store of saved games cannot be reached', { cause });
    }
    if (answer.ok || answer.status === 404) return answer;
    await answer.body?.cancel();
    throw new NearcadeError('unavailable', 'The store of saved games refused', {
      cause: new Error(`${method} ${key}: ${answer.status}`),
    });
  };
  return {
    async uploadLink(key, { size, sha256 }, seconds) {
      const headers = {
        'content-length': String(size),
        'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
      };
      return { method: 'PUT', headers, ...(await presign('PUT', key, seconds, { headers })) };
    },

    async downloadLink(key, fileName, seconds) {
      const query = { 'response-content-disposition': `attachment; filename="${fileName}"` };
      return { method: 'GET', headers: {}, ...(await presign('GET', key, seconds, { query })) };
    },

    async stat(key) {
      const answer = await ask('HEAD', key, { 'x-amz-checksum-mode': 'ENABLED' });
      if (answer.status === 404) return undefined;
      const size = Number(answer.headers.get('content-length'));
      const checksum = answer.headers.get('x-amz-checksum-sha256');
      if (checksum !== null) return { size, sha256: Buffer.from(checksum, 'base64').toString('hex') };
      // Not every store keeps it: then what lies there is read once.
      const whole = await ask('GET', key);
      return whole.ok && whole.body !== null ? { size, sha256: await digest(whole.body) } : undefined;
    },

    async delete(key) {
      await (await ask('DELETE', key)).body?.cancel();
    },

    async probe() {
      const answer = await ask('GET', PROBE_KEY);
      const text = await answer.text();
      if (answer.status !== 404 || text.includes('<Code>NoSuchKey</Code>')) return;
      throw new NearcadeError('unavailable', 'The store of saved games has no such bucket', {
        cause: new Error(text.slice(0, TOLD_MAX)),
      });
    },
  };
}

/** SHA-256 of a stream without keeping it, in lower-case hexadecimal. */
async function digest(body: ReadableStream): Promise<string> {
  const stream = new crypto.DigestStream('SHA-256');
  await body.pipeTo(stream);
  return Buffer.from(await stream.digest).toString('hex');
}
