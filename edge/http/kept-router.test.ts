import { TrieRouter } from 'hono/router/trie-router';
import { describe, expect, it } from 'vitest';
import { KeptRouter } from './kept-router.ts';

/** Method, path: as the API has them, one beside a parameter, with middleware around. */
const ROUTES = [
  ['ALL', '*'],
  ['GET', '/v1/sessions/current'],
  ['GET', '/v1/sessions/:id'],
  ['DELETE', '/v1/sessions/:id'],
  ['POST', '/v1/sessions'],
  ['ALL', '/healthz'],
] as const;

const ASKED = [
  ['GET', '/v1/sessions/current'],
  ['GET', '/v1/sessions/7'],
  ['DELETE', '/v1/sessions/current'],
  ['POST', '/v1/sessions'],
  ['GET', '/v1/sessions'],
  ['PATCH', '/v1/sessions'],
  ['GET', '/healthz'],
  ['POST', '/nowhere'],
] as const;

describe('the router', () => {
  it("finds what Hono's own finds, the first time and again", () => {
    const [kept, own] = [new KeptRouter<string>(), new TrieRouter<string>()];
    for (const router of [kept, own]) {
      for (const [method, path] of ROUTES) router.add(method, path, `${method} ${path}`);
    }
    for (let turn = 0; turn < 3; turn++) {
      for (const [method, path] of ASKED) {
        expect(kept.match(method, path), `${method} ${path}`).toEqual(own.match(method, path));
      }
    }
  });

  it('takes no route once it was asked', () => {
    const router = new KeptRouter<string>();
    router.add('GET', '/one', 'one');
    router.match('GET', '/one');
    expect(() => router.add('GET', '/two', 'two')).toThrow();
  });
});
