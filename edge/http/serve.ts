import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from 'zod';
import type { Services } from '#edge/services.ts';
import type { AccessClaims } from '#shared/api/accounts.ts';
import type { Access, EndpointSpec, HandlerInput, HandlerOutput } from '#shared/api/endpoint.ts';
import { NearcadeError, parseWith } from '#shared/errors.ts';
import { admitAct } from './acts.ts';
import { answerWhole, watchHeaders } from './answer.ts';
import { authorize } from './authorize.ts';
import type { AppEnv, AuthenticatedNode } from './context.ts';
import { type IdempotentRequest, idempotencyKey, idempotentRequest } from './idempotency.ts';
import { describeEndpoint } from './openapi.ts';
import { mayHoldOddText, requirePlainText } from './plain-text.ts';

type OfPlayer<A extends Access, T> = A extends 'public' | 'refresh' | 'registration' | 'node' | 'webhook'
  ? undefined
  : T;

/** A request that was let through and fits its endpoint. */
export interface Incoming<S extends EndpointSpec> extends HandlerInput<S> {
  c: Context<AppEnv>;
  services: Services;
  player: OfPlayer<S['access'], AccessClaims>;
  node: S['access'] extends 'node' ? AuthenticatedNode : undefined;
  idempotency: S['idempotent'] extends true ? IdempotentRequest : undefined;
}

/**
 * Serves one endpoint: lets in who may call it, parses what they send, answers what `handle` returns, and writes it into the
 * OpenAPI document. Throws, and so answers, `invalid_request` with each wrong field, and what `authorize` and `handle` throw.
 */
export function serve<S extends EndpointSpec>(
  app: OpenAPIHono<AppEnv>,
  spec: S,
  handle: (request: Incoming<S>) => Promise<HandlerOutput<S>>,
): void {
  app.openAPIRegistry.registerPath(describeEndpoint(spec));
  app.on(spec.method.toUpperCase(), spec.path.replaceAll(/\{(\w+)\}/g, ':$1'), async c => {
    const services = c.get('services');
    const { player, node } = await authorize(c, spec.access, spec.remembered);
    if (spec.method !== 'get') await admitAct(services, spec, player);
    const { params, query } = parseAddress(c, spec);
    const body = spec.body === undefined ? undefined : parseWith(spec.body, await readJson(c));
    const idempotency =
      spec.idempotent === true && player !== undefined
        ? idempotentRequest(player.sub, idempotencyKey(c), `${spec.method} ${c.req.path}`, body)
        : undefined;
    const request = { c, services, player, node, params, query, body, idempotency };
    const hasOwnHeaders = watchHeaders(c);
    const answer = await handle(request as Incoming<S>);
    if (spec.redirect === true) return c.redirect(answer as string, 302);
    if (answer instanceof Response) return answer;
    const text = spec.response === undefined ? null : JSON.stringify(answer);
    const status = text === null ? 204 : (spec.status ?? 200);
    if (text !== null && spec.revalidate === true) return answerTagged(c, status, text);
    return hasOwnHeaders() ? answerPieced(c, status, text) : answerWhole(c, status, text);
  });
}

function parseAddress(c: Context<AppEnv>, spec: EndpointSpec) {
  return {
    params: spec.params === undefined ? undefined : parseText(spec.params, c.req.param()),
    query: spec.query === undefined ? undefined : parseText(spec.query, c.req.query()),
  };
}

function parseText<T>(schema: z.ZodType<T>, values: Record<string, string>): T {
  requirePlainText(values);
  return parseWith(schema, values);
}

async function readJson(c: Context<AppEnv>): Promise<unknown> {
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) {
    throw new NearcadeError('invalid_request', 'Send JSON, and say so: Content-Type: application/json');
  }
  const text = await c.req.text();
  const value = parseJson(text);
  if (mayHoldOddText(text)) requirePlainText(value);
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new NearcadeError('invalid_request', 'The body is no JSON');
  }
}

/** With the headers that its handler has set. */
function answerPieced(c: Context<AppEnv>, status: number, text: string | null): Response {
  if (text === null) return c.body(null, 204);
  c.header('Content-Type', 'application/json');
  return c.body(text, status as ContentfulStatusCode);
}

/** What a client that has it already is not sent again (RFC 9110, 8.8.3). */
async function answerTagged(c: Context<AppEnv>, status: number, text: string): Promise<Response> {
  const etag = `"${await digest(text)}"`;
  c.header('ETag', etag);
  c.header('Cache-Control', 'private, no-cache');
  if (matches(c.req.header('if-none-match'), etag)) return c.body(null, 304);
  return answerPieced(c, status, text);
}

/** A weak tag counts as the same: a proxy that compresses weakens ours (RFC 9110, 8.8.3.2). */
function matches(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some(tag => tag.trim().replace(/^W\//, '') === etag || tag.trim() === '*');
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Buffer.from(hash).subarray(0, 16).toString('base64url');
}
