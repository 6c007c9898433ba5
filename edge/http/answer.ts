import type { Context } from 'hono';
import type { AppEnv } from './context.ts';

/**
 * The headers of an answer without a page in it: what concerns documents only (openers, referrers) is left to those. Given to the response
 * all at once: setting them one by one was a fifth of what a read takes beyond a bare route.
 */
const PLAIN = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Strict-Transport-Security': 'max-age=15552000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'SAMEORIGIN',
};
const JSON_TYPE = { ...PLAIN, 'Content-Type': 'application/json' };

/** Whether a handler has set headers of its own, for which an answer has to go through `c.body`. */
export function watchHeaders(c: Context<AppEnv>): () => boolean {
  let isSet = false;
  const { header } = c;
  c.header = (name: string, value?: string, options?: { append?: boolean }) => {
    isSet = true;
    header(name, value, options);
  };
  return () => isSet;
}

/** JSON, or nothing: with all the headers that it needs. */
export function answerWhole(c: Context<AppEnv>, status: number, json: string | null): Response {
  c.set('isWhole', true);
  const headers = { ...(json === null ? PLAIN : JSON_TYPE), 'X-Request-Id': c.get('requestId') };
  return new Response(json, { status, headers });
}

export const isAnswerWhole = (c: Context<AppEnv>): boolean => c.get('isWhole') === true;
