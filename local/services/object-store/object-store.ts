import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { listenOnLoopback } from '../http.ts';
import { checksumOf, ObjectFolder } from './folder.ts';
import { S3Error } from './s3-error.ts';
import { type Account, requireSignature } from './signature.ts';

/** What one PUT may be on S3. */
const MAX_OBJECT_BYTES = 5 * 1024 ** 3;

const BUCKET = 'nearcade-saves';
const ACCESS_KEY_ID = 'nearcade';
const REGION = 'local';

export interface ObjectStoreServer {
  /** Origin; path-style addresses below it: /bucket/key. */
  readonly url: string;
  readonly port: number;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  close(): Promise<void>;
}

export interface ObjectStoreOptions {
  /** Where the objects lie. */
  folder: string;
  secretAccessKey: string;
  /** Default: a free one. */
  port?: number;
  now?: () => Date;
}

/**
 * The part of S3 that the Worker uses, over a folder: PUT, GET, HEAD and DELETE of one object by requests presigned with
 * Signature Version 4, with the errors that S3 gives. One account, one bucket, no listing, no parts.
 */
export async function startObjectStore(options: ObjectStoreOptions): Promise<ObjectStoreServer> {
  const { secretAccessKey, now = () => new Date() } = options;
  const folder = new ObjectFolder(options.folder);
  await folder.open();
  const account = { accessKeyId: ACCESS_KEY_ID, secretAccessKey, region: REGION };
  const { port, close } = await listenOnLoopback((request, response) => {
    answer(folder, account, request, response, now()).catch((error: unknown) =>
      fail(request, response, error),
    );
  }, options.port);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    bucket: BUCKET,
    region: REGION,
    accessKeyId: ACCESS_KEY_ID,
    close,
  };
}

async function answer(
  folder: ObjectFolder,
  account: Account,
  request: IncomingMessage,
  response: ServerResponse,
  now: Date,
): Promise<void> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
  const signed = await requireSignature(request, url, account, now);
  const [, bucket, ...rest] = url.pathname.split('/');
  if (bucket !== BUCKET) throw new S3Error(404, 'NoSuchBucket', 'There is no such bucket');
  const key = rest.join('/');
  switch (request.method) {
    case 'PUT':
      return put(folder, key, request, response, signed);
    case 'GET':
    case 'HEAD':
      return get(folder, key, request, response, url.searchParams);
    case 'DELETE':
      await folder.delete(key);
      response.writeHead(204).end();
      return;
    default:
      throw new S3Error(405, 'MethodNotAllowed', 'Not a method that this store takes');
  }
}

async function put(
  folder: ObjectFolder,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
  signed: ReadonlySet<string>,
): Promise<void> {
  const length = request.headers['content-length'];
  if (length === undefined) throw new S3Error(411, 'MissingContentLength', 'Say how many bytes come');
  const size = Number(length);
  if (size > MAX_OBJECT_BYTES) throw new S3Error(400, 'EntityTooLarge', 'More bytes than an object may have');
  const sha256 = request.headers['x-amz-checksum-sha256'];
  if (sha256 !== undefined && !signed.has('x-amz-checksum-sha256')) {
    throw new S3Error(403, 'AccessDenied', 'Headers of S3 must be signed');
  }
  await folder.put(key, request, { size, sha256: typeof sha256 === 'string' ? sha256 : undefined });
  response.writeHead(200).end();
}

async function get(
  folder: ObjectFolder,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
  parameters: URLSearchParams,
): Promise<void> {
  const { path, size, modifiedAt } = await folder.find(key);
  const wantsChecksum = request.headers['x-amz-checksum-mode'] === 'ENABLED';
  const disposition = parameters.get('response-content-disposition');
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': size,
    'Last-Modified': modifiedAt.toUTCString(),
    ...(disposition === null ? {} : { 'Content-Disposition': disposition }),
    ...(wantsChecksum ? { 'x-amz-checksum-sha256': await checksumOf(path) } : {}),
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(path), response);
}

function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  // The other side has gone: nobody is there to be told.
  if (request.destroyed && !request.complete) return void response.destroy();
  if (response.headersSent) return void response.destroy();
  const known =
    error instanceof S3Error ? error : new S3Error(500, 'InternalError', 'The store could not do that');
  if (known.status === 500) console.error(error);
  // What is still coming is not read: the connection ends with the answer.
  response.writeHead(known.status, { 'Content-Type': 'application/xml', Connection: 'close' });
  response.end(request.method === 'HEAD' ? undefined : known.xml);
}
