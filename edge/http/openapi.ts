import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import { z } from 'zod';
import type { EndpointSpec } from '#shared/api/endpoint.ts';
import { problemSchema } from '#shared/errors.ts';
import { PERMISSIONS } from '#shared/roles.ts';
import type { AppEnv } from './context.ts';
import { idempotencyHeaderSchema } from './idempotency.ts';
import { KeptRouter } from './kept-router.ts';

/** A Hono app that keeps an OpenAPI document of what `serve` adds to it. */
export function openApiApp(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({ router: new KeptRouter() });
}

/** By reference: the list of codes in each of some hundred routes would be most of the document. */
const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

/** The error answers that every route has. */
const PROBLEMS = {
  '4XX': problem('What was wrong with the request; `code` is stable'),
  '5XX': problem('Not possible right now, or our fault; `code` is stable'),
};

const json = (schema: z.ZodType) => ({ 'application/json': { schema } });

function answerOf({ redirect, upgrade, response, status = 200 }: EndpointSpec): RouteConfig['responses'] {
  if (upgrade === true) return { 101: { description: 'Goes on as a WebSocket' } };
  if (redirect === true) {
    const headers = { Location: { description: 'Where to go', schema: { type: 'string' as const } } };
    return { 302: { description: 'Go on there', headers } };
  }
  if (response === undefined) return { 204: { description: 'Done' } };
  return { [status]: { description: 'Done', content: json(response) } };
}

/** The endpoint as an entry of the OpenAPI document. */
export function describeEndpoint(spec: EndpointSpec): RouteConfig {
  const { method, path, tag, summary, access } = spec;
  const permission = PERMISSIONS.find(name => name === access);
  return {
    method,
    path,
    tags: [tag],
    summary,
    ...(permission === undefined ? {} : { description: `Needs the permission \`${permission}\`.` }),
    ...(access === 'public' ? {} : { security: [{ [permission === undefined ? access : 'player']: [] }] }),
    request: {
      ...(spec.params === undefined ? {} : { params: spec.params }),
      ...(spec.query === undefined ? {} : { query: spec.query }),
      ...(spec.idempotent === true ? { headers: idempotencyHeaderSchema } : {}),
      ...(spec.body === undefined ? {} : { body: { required: true, content: json(spec.body) } }),
    },
    responses: {
      ...answerOf(spec),
      ...(spec.revalidate === true ? { 304: { description: 'As the given ETag' } } : {}),
      ...PROBLEMS,
    },
  };
}

/** What endpoints refer to: the error answer, and in `security` who may call. */
export function describeComponents(app: OpenAPIHono<AppEnv>, refreshCookie: string): void {
  const { $schema: _, ...problemJson } = z.toJSONSchema(problemSchema);
  app.openAPIRegistry.registerComponent(
    'schemas',
    'Problem',
    problemJson as Parameters<typeof app.openAPIRegistry.registerComponent>[2],
  );
  const bearer = (description: string) => ({ type: 'http' as const, scheme: 'bearer', description });
  const add = (name: string, scheme: Parameters<typeof app.openAPIRegistry.registerComponent>[2]) =>
    app.openAPIRegistry.registerComponent('securitySchemes', name, scheme);
  add('player', { ...bearer('Access token of a sign-in'), bearerFormat: 'JWT' });
  add('refresh', { type: 'apiKey', in: 'cookie', name: refreshCookie });
  add('registration', bearer("The fleet's registration key"));
  add('node', bearer("The node's own token, from its registration"));
  add('webhook', {
    type: 'apiKey',
    in: 'header',
    name: 'nearcade-signature',
    description: 'HMAC of the body',
  });
}
