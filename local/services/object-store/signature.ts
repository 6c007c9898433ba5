import { createHash, createHmac, type Hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { SignatureV4 } from '@smithy/signature-v4';
import { S3Error } from './s3-error.ts';

/** What a presigned request may be off by, as S3 has it. */
const MAX_SKEW_MS = 15 * 60 * 1000;

/** S3 takes no link that is good for longer than a week. */
const MAX_EXPIRES_S = 7 * 24 * 3600;

export interface Account {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

/**
 * Throws S3Error unless the request carries a signature (Signature Version 4, in the query) of this account that is still good for
 * just this request. Signs it again, by AWS's own code, and compares. Answers the names of the headers that were signed.
 */
export async function requireSignature(
  request: IncomingMessage,
  url: URL,
  account: Account,
  now: Date,
): Promise<ReadonlySet<string>> {
  const given = Object.fromEntries(url.searchParams);
  if ([...url.searchParams].length !== Object.keys(given).length) {
    throw new S3Error(400, 'InvalidArgument', 'A parameter is given twice');
  }
  const { 'X-Amz-Signature': signature, ...query } = given;
  const signedHeaders = new Set((query['X-Amz-SignedHeaders'] ?? '').split(';'));
  if (signature === undefined || !signedHeaders.has('host')) {
    throw new S3Error(403, 'AccessDenied', 'The request is not signed');
  }
  const { signingDate, expiresIn } = validity(query, now);
  const own = ownParameters(query);
  const headers: Record<string, string> = {};
  for (const name of signedHeaders) {
    const value = request.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  const signer = new SignatureV4({
    service: 's3',
    region: account.region,
    credentials: account,
    sha256: NodeSha256,
    uriEscapePath: false,
  });
  const again = await signer.presign(
    {
      method: request.method ?? '',
      protocol: 'http:',
      hostname: url.hostname,
      path: url.pathname,
      query: own,
      headers: { ...headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    },
    {
      signingDate,
      expiresIn,
      signableHeaders: signedHeaders,
      unsignableHeaders: new Set(['x-amz-content-sha256']),
      unhoistableHeaders: new Set([...signedHeaders, 'x-amz-content-sha256']),
    },
  );
  const expected = again.query?.['X-Amz-Signature'];
  const sameRest = Object.entries(again.query ?? {}).every(
    ([name, value]) => name === 'X-Amz-Signature' || query[name] === value,
  );
  if (typeof expected !== 'string' || !sameRest || !sameText(expected, signature)) {
    throw new S3Error(403, 'SignatureDoesNotMatch', 'The signature is not one of this request');
  }
  return signedHeaders;
}

function validity(query: Readonly<Record<string, string>>, now: Date) {
  const date = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query['X-Amz-Date'] ?? '');
  const expiresIn = Number(query['X-Amz-Expires']);
  if (date === null || !Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > MAX_EXPIRES_S) {
    throw new S3Error(400, 'AuthorizationQueryParametersError', 'Date or expiry is wrong');
  }
  const [, year, month, day, hour, minute, second] = date;
  const signingDate = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (signingDate.getTime() - MAX_SKEW_MS > now.getTime()) {
    throw new S3Error(403, 'RequestTimeTooSkewed', 'The request is from the future');
  }
  if (signingDate.getTime() + expiresIn * 1000 < now.getTime()) {
    throw new S3Error(403, 'AccessDenied', 'Request has expired');
  }
  return { signingDate, expiresIn };
}

/** The parameters that are no part of the signature. */
function ownParameters(query: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([name]) => !name.startsWith('X-Amz-')));
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** SHA-256, or HMAC of it when there is a secret, as the signer wants it. */
class NodeSha256 {
  readonly #secret: Uint8Array | undefined;
  #hash: Hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined ? undefined : bytesOf(secret);
    this.#hash = this.#start();
  }

  update(chunk: string | Uint8Array): void {
    this.#hash.update(chunk);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }

  reset(): void {
    this.#hash = this.#start();
  }

  #start(): Hash {
    return this.#secret === undefined
      ? createHash('sha256')
      : (createHmac('sha256', this.#secret) as unknown as Hash);
  }
}

function bytesOf(source: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof source === 'string') return Buffer.from(source);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
}
