import { OpenAPIHono } from '@hono/zod-openapi';
import type { Env } from 'hono';
import type { z } from 'zod';
import { describeIssues, NearcadeError, problemSchema } from '#shared/errors.ts';

/** A Hono app whose routes are also its OpenAPI document; a request that does not fit its schema is `invalid_request`. */
export function openApiApp<E extends Env>(): OpenAPIHono<E> {
  return new OpenAPIHono<E>({
    defaultHook: result => {
      if (result.success) return;
      throw new NearcadeError('invalid_request', describeIssues(result.error), {
        details: {
          issues: result.error.issues.map(issue => ({ path: issue.path.join('.'), message: issue.message })),
        },
      });
    },
  });
}

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
});

/** The error answers that every route has. */
export const problems = {
  '4XX': problem('What was wrong with the request; `code` is stable'),
  '5XX': problem('Not possible right now, or our fault; `code` is stable'),
};

export function jsonBody<S extends z.ZodType>(schema: S) {
  return { required: true, content: { 'application/json': { schema } } };
}

export function jsonResponse<S extends z.ZodType>(description: string, schema: S) {
  return { description, content: { 'application/json': { schema } } };
}

/** Who may call: names of the security schemes in app.ts. */
export const security = {
  player: [{ player: [] }],
  refresh: [{ refresh: [] }],
  registration: [{ registration: [] }],
  node: [{ node: [] }],
};
