import { SELF } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { newPlayerWithRole } from '#edge/testing/accounts.ts';
import { call, codeOf, newNode, ORIGIN, problemOf, registrationKey } from '#edge/testing/platform.ts';
import { type EndpointSpec, pathOf } from '#shared/api/endpoint.ts';
import { ENDPOINTS } from '#shared/api/index.ts';

/** Every route of the API, sent nonsense by somebody who may call it. The list is the contract's own. */

const nameOf = ({ method, path }: EndpointSpec) => `${method.toUpperCase()} ${path}`;

/** A token that `spec` lets in: of an account of its own, since some routes end sign-ins or delete accounts. */
async function tokenFor({ access }: EndpointSpec): Promise<string | undefined> {
  if (access === 'public' || access === 'refresh' || access === 'webhook') return undefined;
  if (access === 'registration') return registrationKey();
  if (access === 'node') return (await newNode([])).token;
  return (await newPlayerWithRole('admin')).token;
}

const key = () => ({ 'Idempotency-Key': crypto.randomUUID() });

const paramsOf = (spec: EndpointSpec, value: () => string) =>
  Object.fromEntries([...spec.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, value()]));

const NONSENSE: unknown[] = [
  {},
  [],
  null,
  'text',
  17,
  { id: { $ne: null }, email: ['x'], name: 'x'.repeat(5000), amount: -1, __proto__: { admin: true } },
  {
    email: "' or 1=1 --",
    password: '\u0000',
    displayName: '\ud800',
    game: '../../etc/passwd',
    reason: -0,
  },
];

const cursorOf = (json: string) => Buffer.from(json).toString('base64url');
const ID = '0190a1b2-0000-7000-8000-000000000000';

/** What passes for a cursor or a range, and what no database takes. */
const TRAPS: ReadonlyArray<Record<string, string>> = [
  { cursor: cursorOf('["\\u0000"]') },
  { cursor: cursorOf('["\\u0000","\\u0000"]') },
  { cursor: cursorOf(`["\\ud800","${ID}"]`) },
  { cursor: cursorOf(`["0000-01-01T00:00:00Z","${ID}"]`) },
  { cursor: cursorOf('[9007199254740991]') },
  { cursor: cursorOf(`[9007199254740991,"${ID}"]`) },
  { cursor: cursorOf(`[3,9007199254740991,"${ID}"]`) },
  { from: '0000-01-01T00:00:00Z', to: '0000-01-02T00:00:00Z' },
  { from: '0000-01-01', to: '0000-02-01' },
  { seats: '99999999999', after: '99999999999', epoch: '9007199254740991', limit: '1.5' },
];

const withBody = ENDPOINTS.filter(spec => spec.body !== undefined);
const withParams = ENDPOINTS.filter(spec => spec.path.includes('{'));
const withQuery = ENDPOINTS.filter(spec => spec.query !== undefined);

/** The answer says which field is at fault; an empty path is the whole of it. */
function expectField({ code, details }: Awaited<ReturnType<typeof problemOf>>): void {
  expect(details?.issues, code).toEqual(
    expect.arrayContaining([{ path: expect.any(String), message: expect.any(String) }]),
  );
}

describe('nonsense', () => {
  it.each(withBody.map(spec => [nameOf(spec), spec] as const))(
    'in the body of %s is refused with a code',
    async (_, spec) => {
      const token = await tokenFor(spec);
      for (const body of NONSENSE) {
        const path = pathOf(
          spec,
          paramsOf(spec, () => crypto.randomUUID()),
        );
        const response = await call(spec.method.toUpperCase(), path, {
          ...(token === undefined ? {} : { token }),
          body,
          headers: key(),
        });
        // What a route does not know of an object it leaves out: the rest may be all that it wants.
        const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
        if (response.ok && isObject) continue;
        const problem = await problemOf(response);
        expect(problem.status, JSON.stringify(problem)).toBeLessThan(500);
        if (problem.status === 400) expectField(problem);
      }
    },
  );

  it.each(withParams.map(spec => [nameOf(spec), spec] as const))(
    'in the path of %s is refused with a code',
    async (_, spec) => {
      const token = await tokenFor(spec);
      for (const value of [
        'nonsense',
        '%00',
        "' or 1=1 --",
        '-1',
        '00000000-0000-0000-0000-000000000000',
        crypto.randomUUID(),
      ]) {
        const response = await call(
          spec.method.toUpperCase(),
          pathOf(
            spec,
            paramsOf(spec, () => value),
          ),
          {
            ...(token === undefined ? {} : { token }),
            ...(spec.body === undefined ? {} : { body: {} }),
            headers: key(),
          },
        );
        expect(response.status, value).toBeLessThan(500);
      }
    },
  );

  it.each(withQuery.map(spec => [nameOf(spec), spec] as const))(
    'in the query of %s is refused with a code',
    async (_, spec) => {
      const token = await tokenFor(spec);
      for (const query of [
        { limit: '0' },
        { limit: 'many' },
        { limit: '1e9' },
        { cursor: 'nonsense' },
        { cursor: cursorOf('["x"]') },
        { cursor: cursorOf('[null,{}]') },
        { q: '\u0000', from: 'yesterday', to: 'tomorrow', ids: 'x,y' },
        ...TRAPS,
      ]) {
        const response = await call(
          spec.method.toUpperCase(),
          pathOf(
            spec,
            paramsOf(spec, () => crypto.randomUUID()),
            query,
          ),
          {
            ...(token === undefined ? {} : { token }),
            headers: key(),
          },
        );
        expect(response.status, JSON.stringify(query)).toBeLessThan(500);
        if (response.status === 400) expectField(await problemOf(response));
      }
    },
  );

  it('that has no bottom is refused', async () => {
    const depth = 10_000;
    const body = `{"email":${'['.repeat(depth)}"\\u0000"${']'.repeat(depth)}}`;
    const headers = { 'Content-Type': 'application/json' };
    const response = SELF.fetch(`${ORIGIN}/v1/accounts/login`, { method: 'POST', headers, body });
    expect(await codeOf(response)).toBe('invalid_request');
  });

  it('that is too long is 413 on every route that takes a body', async () => {
    const large = { text: 'x'.repeat(300 * 1024) };
    for (const spec of withBody) {
      const path = pathOf(
        spec,
        paramsOf(spec, () => crypto.randomUUID()),
      );
      const response = await call(spec.method.toUpperCase(), path, { body: large, headers: key() });
      expect((await problemOf(response)).code, nameOf(spec)).toBe('payload_too_large');
    }
  });
});
