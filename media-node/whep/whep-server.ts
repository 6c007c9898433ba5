import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ErrorCode, NearcadeError, parseWith, toProblem } from '#shared/errors.ts';
import { SIGNAL_MAX_BYTES } from '#shared/limits.ts';
import type { TicketClaims } from '#shared/ticket.ts';
import { ICE_FRAGMENT_TYPE, SDP_TYPE, WHEP_PATH, WHEP_TICKET, whepUrl } from '#shared/whep.ts';
import type { Logger } from '../log.ts';
import { eventsLink, eventsWantedSchema, RECORDING_FIELD } from './whep-news.ts';
import { type AdmitWhep, WhepViewer } from './whep-viewer.ts';

export interface WhepServerOptions {
  /** Checks the token of a WHEP link. */
  verify: (token: string) => Promise<TicketClaims>;
  admit: AdmitWhep;
  /** Where a player had better watch from that has come with a good link; null: here. `player`: as `whep` in a ticket. */
  sendOn: (claims: TicketClaims, player: string) => Promise<string | null>;
  /** Checks the ticket of a player that was sent on to here. */
  verifySentOn: (ticket: string) => Promise<TicketClaims>;
  /** Lets it in. */
  admitSentOn: (ticket: string) => AdmitWhep;
  /** The address that the node is known by. */
  signalUrl: () => string;
  log: Logger;
}

/** Seconds after which a player may try again, by what kept it out. */
const RETRY_AFTER_S: Partial<Record<ErrorCode, number>> = {
  spectators_full: 30,
  node_draining: 5,
  slot_busy: 2,
};

const METHODS = {
  endpoint: 'POST, OPTIONS',
  session: 'PATCH, DELETE, OPTIONS',
  events: 'POST, OPTIONS',
  stream: 'GET, DELETE, OPTIONS',
} as const;

/** What an address is of: `/whep/<session>[/<player>[/events[/<secret>]]]`. */
type Resource = keyof typeof METHODS;

const JSON_TYPE = 'application/json';

/** Any page may play by a link that it was given: the token is what counts, and no cookie is looked at. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': `Location, ETag, Link, Accept-Patch, Retry-After, ${RECORDING_FIELD}`,
};

/** A player, and what it shows to be that player. */
interface Known {
  viewer: WhepViewer;
  /** The hash of its link's token. */
  player: string;
  /** The end of the address of its events, once it has asked for some. */
  eventsSecret?: string;
}

/**
 * WHEP (draft-ietf-wish-whep): POST an SDP offer to `/whep/<session>` with the bearer token of a link, have the answer and an address
 * whose DELETE ends it and whose PATCH restarts ICE. For spectators alone. News (that the session is recorded) come by the extension for
 * Server-Sent Events: POST the wanted ones to the `Link` of the answer, GET the address that this answers.
 */
export class WhepServer {
  readonly #options: WhepServerOptions;
  readonly #viewers = new Map<string, Known>();

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
        ...(problem.status === 405 ? { allow: METHODS[resourceOf(path)] } : {}),
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
    const [sessionId = '', viewerId = '', events, secret] = path.slice(WHEP_PATH.length + 1).split('/');
    if (sessionId === '' || path.split('/').length > 6 || (events ?? 'events') !== 'events')
      throw new NearcadeError('not_found');
    const resource = resourceOf(path);
    switch (`${request.method} ${request.method === 'OPTIONS' ? '' : resource}`) {
      case 'OPTIONS ':
        return preflight(response, resource);
      case 'POST endpoint':
        return this.#view(request, response, sessionId);
      case 'PATCH session':
        return this.#patch(request, response, this.#find(request, sessionId, viewerId).viewer);
      case 'DELETE session':
        this.#find(request, sessionId, viewerId).viewer.close();
        response.writeHead(200, CORS).end();
        return;
      case 'POST events':
        return this.#subscribe(request, response, this.#find(request, sessionId, viewerId));
      case 'GET stream':
        return this.#stream(response, this.#listener(viewerId, secret));
      case 'DELETE stream':
        this.#listener(viewerId, secret).news.want([]);
        response.writeHead(200, CORS).end();
        return;
      default:
        throw new NearcadeError('method_not_allowed');
    }
  }

  async #view(request: IncomingMessage, response: ServerResponse, sessionId: string): Promise<void> {
    const ticket = new URL(request.url ?? '', 'http://node').searchParams.get(WHEP_TICKET);
    const { verify, verifySentOn, sendOn, admit, admitSentOn } = this.#options;
    const token = ticket === null ? bearerOf(request) : undefined;
    const claims = await (token === undefined ? verifySentOn(ticket ?? '') : verify(token));
    if (claims.sessionId !== sessionId) throw new NearcadeError('session_not_found');
    const offer = await bodyOf(request, SDP_TYPE);
    const player = token === undefined ? (claims.whep ?? '') : hashOf(token);
    const elsewhere = token === undefined ? null : await sendOn(claims, player);
    if (elsewhere !== null) {
      // The method and the offer stay as they are (RFC 9110, 15.4.8).
      response.writeHead(307, { ...CORS, location: elsewhere, 'cache-control': 'no-store' }).end();
      return;
    }
    const viewer = await WhepViewer.open(claims, offer, ticket === null ? admit : admitSentOn(ticket));
    this.#viewers.set(viewer.id, { viewer, player });
    viewer.onClose(() => this.#viewers.delete(viewer.id));
    // Whole: there are players that take it to be of the address that they were sent on from.
    const at = `${whepUrl(this.#options.signalUrl(), sessionId)}/${viewer.id}`;
    response.writeHead(201, {
      ...CORS,
      'content-type': SDP_TYPE,
      location: at,
      etag: viewer.etag,
      'accept-patch': ICE_FRAGMENT_TYPE,
      'cache-control': 'no-store',
      link: eventsLink(`${at}/events`),
      [RECORDING_FIELD]: viewer.news.recording,
    });
    response.end(viewer.answer);
  }

  /** Which events the player wants, and where it gets them: an EventSource sends no token, so that the address is the secret. */
  async #subscribe(request: IncomingMessage, response: ServerResponse, known: Known): Promise<void> {
    const wanted = parseWith(
      eventsWantedSchema,
      parseJson(await bodyOf(request, JSON_TYPE)),
      'whep_offer_invalid',
    );
    known.viewer.news.want(wanted);
    known.eventsSecret = randomBytes(16).toString('base64url');
    const { sessionId, id } = known.viewer;
    const at = `${whepUrl(this.#options.signalUrl(), sessionId)}/${id}/events/${known.eventsSecret}`;
    response.writeHead(201, { ...CORS, location: at }).end();
  }

  #stream(response: ServerResponse, { news }: WhepViewer): void {
    response.writeHead(200, { ...CORS, 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.flushHeaders();
    news.stream(response);
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

  /** By the secret address of its events. */
  #listener(viewerId: string, secret: string | undefined): WhepViewer {
    const found = this.#viewers.get(viewerId);
    if (found?.eventsSecret === undefined || found.eventsSecret !== secret)
      throw new NearcadeError('not_found');
    return found.viewer;
  }

  #find(request: IncomingMessage, sessionId: string, viewerId: string): Known {
    const token = bearerOf(request);
    const found = this.#viewers.get(viewerId);
    if (found === undefined || found.player !== hashOf(token) || found.viewer.sessionId !== sessionId) {
      throw new NearcadeError('not_found');
    }
    return found;
  }
}

function resourceOf(path: string): Resource {
  return (['endpoint', 'session', 'events', 'stream'] as const)[path.split('/').length - 3] ?? 'endpoint';
}

function preflight(response: ServerResponse, resource: Resource): void {
  response.writeHead(204, {
    ...CORS,
    'access-control-allow-methods': METHODS[resource],
    'access-control-allow-headers': 'Authorization, Content-Type, If-Match',
    'access-control-max-age': '3600',
    ...(resource === 'session' ? { 'accept-patch': ICE_FRAGMENT_TYPE } : {}),
    ...(resource === 'endpoint' ? { 'accept-post': SDP_TYPE } : {}),
    ...(resource === 'events' ? { 'accept-post': JSON_TYPE } : {}),
  });
  response.end();
}

/** By which a player is known: SHA-256, base64url. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NearcadeError('whep_offer_invalid', 'The body is not JSON');
  }
}
