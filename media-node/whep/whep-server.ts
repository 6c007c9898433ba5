import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ErrorCode, NearcadeError, toProblem } from '#shared/errors.ts';
import { SIGNAL_MAX_BYTES } from '#shared/limits.ts';
import type { TicketClaims } from '#shared/ticket.ts';
import { ICE_FRAGMENT_TYPE, SDP_TYPE, WHEP_PATH } from '#shared/whep.ts';
import type { Logger } from '../log.ts';
import { type AdmitWhep, WhepViewer } from './whep-viewer.ts';

export interface WhepServerOptions {
  /** Checks the token of a WHEP link. */
  verify: (token: string) => Promise<TicketClaims>;
  admit: AdmitWhep;
  log: Logger;
}

/** Seconds after which a player may try again, by what kept it out. */
const RETRY_AFTER_S: Partial<Record<ErrorCode, number>> = {
  spectators_full: 30,
  node_draining: 5,
  slot_busy: 2,
};

const METHODS = { endpoint: 'POST, OPTIONS', session: 'PATCH, DELETE, OPTIONS' } as const;

/** Any page may play by a link that it was given: the token is what counts, and no cookie is looked at. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Location, ETag, Link, Accept-Patch, Retry-After',
};

/**
 * WHEP (draft-ietf-wish-whep): POST an SDP offer to `/whep/<session>` with the bearer token of a link, have the answer and an address
 * whose DELETE ends it and whose PATCH restarts ICE. For spectators alone.
 */
export class WhepServer {
  readonly #options: WhepServerOptions;
  readonly #viewers = new Map<string, { viewer: WhepViewer; token: string }>();

  constructor(options: WhepServerOptions) {
    this.#options = options;
  }

  /** Whether the request is for us; it is answered then. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const path = request.url?.split('?')[0] ?? '';
    if (path !== WHEP_PATH && !path.startsWith(`${WHEP_PATH}/`)) return false;
    this.#answer(request, response, path).catch((error: unknown) => {
      const problem = toProblem(error, path);
      this.#options.log.info({ err: error, code: problem.code, path }, 'WHEP request refused');
      const retryAfter = RETRY_AFTER_S[problem.code];
      response.writeHead(problem.status, {
        ...CORS,
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
        ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
        ...(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
        ...(problem.status === 405 ? { allow: METHODS[isSession(path) ? 'session' : 'endpoint'] } : {}),
        // What is left of a body that was too large is not waited for.
        ...(problem.status === 413 ? { connection: 'close' } : {}),
      });
      response.end(JSON.stringify(problem));
    });
    return true;
  }

  /** Idempotent. */
  close(): void {
    for (const { viewer } of [...this.#viewers.values()]) viewer.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const [sessionId = '', viewerId] = path.slice(WHEP_PATH.length + 1).split('/');
    if (sessionId === '' || path.split('/').length > 4) throw new NearcadeError('not_found');
    if (request.method === 'OPTIONS') {
      preflight(response, isSession(path));
    } else if (viewerId === undefined && request.method === 'POST') {
      await this.#view(request, response, sessionId);
    } else if (viewerId !== undefined && request.method === 'PATCH') {
      await this.#patch(request, response, this.#find(request, sessionId, viewerId));
    } else if (viewerId !== undefined && request.method === 'DELETE') {
      this.#find(request, sessionId, viewerId).close();
      response.writeHead(200, CORS).end();
    } else {
      throw new NearcadeError('method_not_allowed');
    }
  }

  async #view(request: IncomingMessage, response: ServerResponse, sessionId: string): Promise<void> {
    const token = bearerOf(request);
    const claims = await this.#options.verify(token);
    if (claims.sessionId !== sessionId) throw new NearcadeError('session_not_found');
    const offer = await bodyOf(request, SDP_TYPE);
    const viewer = await WhepViewer.open(claims, offer, this.#options.admit);
    this.#viewers.set(viewer.id, { viewer, token });
    viewer.onClose(() => this.#viewers.delete(viewer.id));
    response.writeHead(201, {
      ...CORS,
      'content-type': SDP_TYPE,
      location: `${WHEP_PATH}/${sessionId}/${viewer.id}`,
      etag: viewer.etag,
      'accept-patch': ICE_FRAGMENT_TYPE,
      'cache-control': 'no-store',
    });
    response.end(viewer.answer);
  }

  async #patch(request: IncomingMessage, response: ServerResponse, viewer: WhepViewer): Promise<void> {
    const fragment = await bodyOf(request, ICE_FRAGMENT_TYPE);
    const restarted = await viewer.patch(fragment, request.headers['if-match']);
    if (restarted === undefined) {
      response.writeHead(204, { ...CORS, etag: viewer.etag }).end();
      return;
    }
    response.writeHead(200, { ...CORS, 'content-type': ICE_FRAGMENT_TYPE, etag: viewer.etag });
    response.end(restarted);
  }

  #find(request: IncomingMessage, sessionId: string, viewerId: string): WhepViewer {
    const token = bearerOf(request);
    const found = this.#viewers.get(viewerId);
    if (found === undefined || found.token !== token || found.viewer.sessionId !== sessionId) {
      throw new NearcadeError('not_found');
    }
    return found.viewer;
  }
}

function isSession(path: string): boolean {
  return path.split('/').length === 4;
}

function preflight(response: ServerResponse, session: boolean): void {
  response.writeHead(204, {
    ...CORS,
    'access-control-allow-methods': METHODS[session ? 'session' : 'endpoint'],
    'access-control-allow-headers': 'Authorization, Content-Type, If-Match',
    'access-control-max-age': '3600',
    ...(session ? { 'accept-patch': ICE_FRAGMENT_TYPE } : { 'accept-post': SDP_TYPE }),
  });
  response.end();
}

function bearerOf(request: IncomingMessage): string {
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) throw new NearcadeError('unauthenticated', 'Send the token of the WHEP link');
  return token;
}

/** Throws `media_type_unsupported` or `payload_too_large`. */
async function bodyOf(request: IncomingMessage, type: string): Promise<string> {
  const said = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (said !== type) throw new NearcadeError('media_type_unsupported', `Send ${type}`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > SIGNAL_MAX_BYTES) throw new NearcadeError('payload_too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
