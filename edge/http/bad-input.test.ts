import { describe, expect, it } from 'vitest';
import { newPlayerWithRole } from '#edge/testing/accounts.ts';
import { call, newNode, problemOf, services } from '#edge/testing/platform.ts';
import { type EndpointSpec, pathOf } from '#shared/api/endpoint.ts';
import { ENDPOINTS } from '#shared/api/index.ts';

/** Every route of the API, sent nonsense by somebody who may call it. The list is the contract's own. */

const nameOf = ({ method, path }: EndpointSpec) => `${method.toUpperCase()} ${path}`;

/** A token that `spec` lets in: of an account of its own, since some routes end sign-ins or delete accounts. */
async function tokenFor({ access }: EndpointSpec): Promise<string | undefined> {
  if (access === 'public' || access === 'refresh' || access === 'webhook') return undefined;
  if (access === 'registration') return (await services()).settings.NODE_REGISTRATION_KEY;
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

const withBody = ENDPOINTS.filter(spec => spec.body !== undefined);
const withParams = ENDPOINTS.filter(spec => spec.path.includes('{'));
const withQuery = ENDPOINTS.filter(spec => spec.query !== undefined);

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
        { cursor: Buffer.from('["x"]').toString('base64url') },
        { cursor: Buffer.from('[null,{}]').toString('base64url') },
        { q: '\u0000', from: 'yesterday', to: 'tomorrow', ids: 'x,y' },
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
      }
    },
  );

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
