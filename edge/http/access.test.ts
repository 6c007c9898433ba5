import { SELF } from 'cloudflare:test';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import {
  answerOf,
  call,
  codeOf,
  cookieOf,
  newNode,
  newPlayer,
  ORIGIN,
  PASSWORD,
  registrationKey,
  services,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { accountsApi, signInSchema } from '#shared/api/accounts.ts';
import { type EndpointSpec, pathOf } from '#shared/api/endpoint.ts';
import { ENDPOINTS } from '#shared/api/index.ts';
import {
  type AccountRole,
  hasPermission,
  PERMISSIONS,
  type Permission,
  ROLES_OF_ACCOUNTS,
} from '#shared/roles.ts';

/** Every route of the API, called by everybody who may not. The list is the contract's own: a new route is in it by itself. */

const permissionOf = ({ access }: EndpointSpec): Permission | undefined =>
  PERMISSIONS.find(name => name === access);
const guarded = ENDPOINTS.filter(({ access }) => access !== 'public');
const ofPlayers = guarded.filter(spec => spec.access === 'player' || permissionOf(spec) !== undefined);
const ofNodes = guarded.filter(({ access }) => access === 'node' || access === 'registration');
const nameOf = ({ method, path }: EndpointSpec) => `${method.toUpperCase()} ${path}`;

/** A well-formed request but for who asks: what is refused is refused for that. */
function knock(spec: EndpointSpec, token?: string): Promise<Response> {
  const params = Object.fromEntries(
    [...spec.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, crypto.randomUUID()]),
  );
  return call(spec.method.toUpperCase(), pathOf(spec, params), {
    ...(token === undefined ? {} : { token }),
    ...(spec.body === undefined ? {} : { body: {} }),
    headers: spec.idempotent === true ? { 'Idempotency-Key': crypto.randomUUID() } : {},
  });
}

async function withRole(role: AccountRole): Promise<TestPlayer> {
  const player = await newPlayer();
  const { db } = await services();
  await db.execute(sql`update users set role = ${role} where id = ${player.user.id}::uuid`);
  const body = { email: player.user.email, password: PASSWORD };
  const { accessToken } = await answerOf(signInSchema, call('POST', accountsApi.login.path, { body }));
  return { ...player, token: accessToken };
}

/** Codes that say: not you. */
const REFUSALS: ReadonlySet<string> = new Set([
  'unauthenticated',
  'node_unknown',
  'signature_wrong',
  'forbidden',
]);

describe('every route', () => {
  it('is one of those that the contract knows', () => {
    expect(guarded.length).toBeGreaterThan(20);
    expect(new Set(ENDPOINTS.map(nameOf)).size).toBe(ENDPOINTS.length);
  });

  // Signing out who is not signed in has nothing left to do.
  const asked = guarded.filter(({ path }) => path !== accountsApi.logout.path);

  it.each(asked.map(spec => [nameOf(spec), spec] as const))(
    '%s refuses who shows nothing',
    async (_, spec) => {
      const response = await knock(spec);
      expect(response.status).toBe(401);
      expect(REFUSALS).toContain(await codeOf(response));
    },
  );

  it.each(ofPlayers.map(spec => [nameOf(spec), spec] as const))(
    '%s refuses a forged token, the fleet key and a node',
    async (_, spec) => {
      const node = await newNode([]);
      for (const token of ['nonsense', 'e30.e30.e30', await registrationKey(), node.token]) {
        expect(await codeOf(knock(spec, token))).toBe('unauthenticated');
      }
    },
  );

  it('of nodes refuses players, whatever their role, and a node the key that registers', async () => {
    const admin = await withRole('admin');
    const node = await newNode([]);
    for (const spec of ofNodes) {
      expect(await codeOf(knock(spec, admin.token)), nameOf(spec)).toBe('node_unknown');
      if (spec.access === 'registration') {
        expect(await codeOf(knock(spec, node.token)), nameOf(spec)).toBe('node_unknown');
      }
    }
  });

  it('that needs a permission refuses each role that does not give it, and no other', async () => {
    for (const role of ROLES_OF_ACCOUNTS) {
      const caller = await withRole(role);
      for (const spec of ofPlayers) {
        const permission = permissionOf(spec);
        if (permission === undefined) continue;
        const response = await knock(spec, caller.token);
        const where = `${role} at ${nameOf(spec)}`;
        if (hasPermission(role, permission)) expect([401, 403], where).not.toContain(response.status);
        else expect(await codeOf(response), where).toBe('forbidden');
      }
    }
  });

  it('that needs a permission refuses who has lost it, before their token runs out', async () => {
    const spec = ofPlayers.find(one => permissionOf(one) !== undefined);
    if (spec === undefined) throw new Error('there is one');
    const admin = await withRole('admin');
    const { db } = await services();
    await db.execute(sql`update users set role = 'player' where id = ${admin.user.id}::uuid`);
    expect(await codeOf(knock(spec, admin.token))).toBe('forbidden');
    const other = await withRole('admin');
    await db.execute(sql`
      update sign_ins set ended_at = now(), end_reason = 'logout' where user_id = ${other.user.id}::uuid`);
    expect(await codeOf(knock(spec, other.token))).toBe('unauthenticated');
  });
});

describe('other origins', () => {
  it('get no leave to read anything (CORS), also not when they ask first', async () => {
    const origin = { Origin: 'https://evil.example' };
    const preflight = { ...origin, 'Access-Control-Request-Method': 'POST' };
    for (const response of [
      await call('GET', '/v1/games', { headers: origin }),
      await call('OPTIONS', '/v1/sessions', { headers: preflight }),
      await call('POST', accountsApi.refresh.path, { headers: origin }),
    ]) {
      const names = [...response.headers.keys()].filter(name => name.startsWith('access-control-'));
      expect(names).toEqual([]);
    }
  });

  it("can do nothing in a player's name (CSRF), whatever the browser sends along", async () => {
    const { cookie, token } = await newPlayer();
    for (const site of ['cross-site', 'same-site']) {
      const headers = { 'Sec-Fetch-Site': site, Cookie: cookie };
      expect(await codeOf(call('POST', accountsApi.refresh.path, { headers }))).toBe('forbidden');
      expect(await codeOf(call('POST', accountsApi.logout.path, { headers }))).toBe('forbidden');
      expect(await codeOf(call('POST', '/v1/sessions', { token, headers, body: {} }))).toBe('forbidden');
    }
    // Over plain http, or from old browsers, there is the origin alone; a page in a sandbox has none to show.
    for (const origin of ['https://evil.example', 'http://evil.nearcade.test', `${ORIGIN}:8443`, 'null']) {
      const headers = { Origin: origin, Cookie: cookie };
      expect(await codeOf(call('POST', accountsApi.refresh.path, { headers })), origin).toBe('forbidden');
      expect(await codeOf(call('POST', '/v1/sessions', { token, headers, body: {} })), origin).toBe(
        'forbidden',
      );
    }
    let own = cookie;
    for (const said of [{ 'Sec-Fetch-Site': 'same-origin' }, { Origin: ORIGIN }, {}]) {
      const response = await call('POST', accountsApi.refresh.path, { headers: { ...said, Cookie: own } });
      expect(response.status, JSON.stringify(said)).toBe(200);
      own = cookieOf(response);
    }
  });

  it('never get the cookie: it is for scripts of nobody and for our own pages alone', async () => {
    const body = { email: `${crypto.randomUUID()}@nearcade.test`, password: PASSWORD, displayName: 'Cora' };
    const response = await SELF.fetch(`https://nearcade.test${accountsApi.register.path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const flags = (response.headers.get('set-cookie') ?? '').split('; ').slice(1);
    expect(flags).toEqual(
      expect.arrayContaining(['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/v1/accounts']),
    );
  });
});
