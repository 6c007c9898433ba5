import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { Authenticator, type Deviation } from '#edge/testing/authenticator.ts';
import {
  answerOf,
  api,
  call,
  codeOf,
  cookieOf,
  ORIGIN,
  registerPlayer,
  services,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { accountsApi, signInSchema } from '#shared/api/accounts.ts';
import { type Passkey, passkeyRequestOptionsSchema, passkeysApi } from '#shared/api/passkeys.ts';
import { PASSKEYS_MAX } from './register.ts';

async function register(
  player: TestPlayer,
  authenticator: Authenticator,
  deviation?: Deviation,
): Promise<Passkey> {
  const options = await api(passkeysApi.beginRegistration, {}, player);
  const credential = await authenticator.create(options, deviation);
  return api(passkeysApi.register, { body: { credential, name: 'Laptop' } }, player);
}

async function newPasskey(options?: ConstructorParameters<typeof Authenticator>[1]) {
  const player = await registerPlayer();
  const authenticator = new Authenticator(ORIGIN, options);
  return { player, authenticator, passkey: await register(player, authenticator) };
}

/** The challenge, and the cookie of the browser that asked for it. */
async function challenge() {
  const response = await call('POST', '/v1/accounts/passkeys/challenge');
  return { browser: cookieOf(response), options: await answerOf(passkeyRequestOptionsSchema, response) };
}

const answer = (browser: string, credential: unknown) =>
  call('POST', '/v1/accounts/passkeys/sign-in', { headers: { Cookie: browser }, body: { credential } });

async function signIn(authenticator: Authenticator, deviation?: Deviation): Promise<Response> {
  const { browser, options } = await challenge();
  return answer(browser, await authenticator.get(options, deviation));
}

describe('a passkey', () => {
  it.each(['ES256', 'EdDSA'] as const)(
    'is registered and signs in without a user name (%s)',
    async algorithm => {
      const { player, authenticator, passkey } = await newPasskey({ algorithm });
      expect(passkey).toMatchObject({
        name: 'Laptop',
        backedUp: true,
        lastUsedAt: null,
        cloneSuspected: false,
      });
      const response = await signIn(authenticator);
      expect(cookieOf(response)).toMatch(/^nearcade_refresh=/);
      const { user, accessToken } = await answerOf(signInSchema, response);
      expect(user).toEqual(player.user);
      expect((await api(accountsApi.validate, {}, { token: accessToken })).user).toEqual(user);
      const { passkeys } = await api(passkeysApi.list, {}, player);
      expect(passkeys).toEqual([{ ...passkey, lastUsedAt: expect.any(String) }]);
    },
  );

  it('asks browsers for a discoverable key that its user unlocks, and not for those that are there', async () => {
    const { player, authenticator } = await newPasskey();
    const options = await api(passkeysApi.beginRegistration, {}, player);
    expect(options.authenticatorSelection).toEqual({
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    });
    expect(options.rp).toEqual({ id: 'nearcade.test', name: 'Nearcade' });
    expect(options.excludeCredentials.map(({ id }) => id)).toEqual([authenticator.credentialId]);
    expect((await challenge()).options).toMatchObject({
      rpId: 'nearcade.test',
      userVerification: 'required',
    });
  });

  it('is renamed and removed by its owner alone', async () => {
    const { player, passkey, authenticator } = await newPasskey();
    const params = { id: passkey.id };
    const other = await registerPlayer();
    await expect(api(passkeysApi.rename, { params, body: { name: 'Mine' } }, other)).rejects.toMatchObject({
      code: 'passkey_not_found',
    });
    await expect(api(passkeysApi.remove, { params }, other)).rejects.toMatchObject({
      code: 'passkey_not_found',
    });
    expect((await api(passkeysApi.rename, { params, body: { name: ' Key ring ' } }, player)).name).toBe(
      'Key ring',
    );
    await api(passkeysApi.remove, { params }, player);
    expect((await api(passkeysApi.list, {}, player)).passkeys).toEqual([]);
    expect(await codeOf(signIn(authenticator))).toBe('passkey_invalid');
  });

  it('is the same after the request that added it is repeated', async () => {
    const player = await registerPlayer();
    const options = await api(passkeysApi.beginRegistration, {}, player);
    const credential = await new Authenticator(ORIGIN).create(options);
    const send = () => api(passkeysApi.register, { body: { credential } }, player, 'the-same-key');
    const first = await send();
    expect(await send()).toEqual(first);
    expect((await api(passkeysApi.list, {}, player)).passkeys).toEqual([first]);
    const body = { credential, name: 'Another' };
    await expect(api(passkeysApi.register, { body }, player, 'the-same-key')).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
  });

  it('belongs to one account', async () => {
    const { authenticator } = await newPasskey();
    await expect(register(await registerPlayer(), authenticator)).rejects.toMatchObject({
      code: 'passkey_exists',
    });
  });

  it('needs room on the account, also when two come for the last place', async () => {
    const player = await registerPlayer();
    const { db } = await services();
    await db.execute(sql`
      insert into passkeys (user_id, credential_id, public_key, counter, transports, name, backed_up)
      select ${player.user.id}::uuid, gen_random_uuid()::text, 'x', 0, '{}', 'x', false
      from generate_series(2, ${PASSKEYS_MAX}::int)`);
    const results = await Promise.allSettled(
      [1, 2, 3].map(() => register(player, new Authenticator(ORIGIN))),
    );
    const codes = results.map(result => (result.status === 'rejected' ? result.reason.code : 'added')).sort();
    expect(codes).toEqual(['added', 'passkeys_full', 'passkeys_full']);
  });

  it('is not added by the token of a sign-in that has ended, nor long after the password was asked', async () => {
    const player = await registerPlayer();
    const options = await api(passkeysApi.beginRegistration, {}, player);
    const credential = await new Authenticator(ORIGIN).create(options);
    const { db } = await services();
    await db.execute(sql`
      update sign_ins set proved_at = now() - interval '1 hour' where user_id = ${player.user.id}::uuid`);
    await expect(api(passkeysApi.beginRegistration, {}, player)).rejects.toMatchObject({
      code: 'proof_needed',
    });
    await call('POST', '/v1/accounts/logout', { headers: { Cookie: player.cookie } });
    await expect(api(passkeysApi.register, { body: { credential } }, player)).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it('is how a guest comes back, although a guest has nothing to show who they are', async () => {
    const { user, accessToken: token } = await api(accountsApi.guest, { body: {} });
    const { db } = await services();
    const forget = () =>
      db.execute(sql`
      update sign_ins set proved_at = now() - interval '1 hour' where user_id = ${user.id}::uuid`);
    await forget();
    const authenticator = new Authenticator(ORIGIN);
    const player = { token };
    const options = await api(passkeysApi.beginRegistration, {}, player);
    await api(passkeysApi.register, { body: { credential: await authenticator.create(options) } }, player);
    expect((await answerOf(signInSchema, signIn(authenticator))).user.id).toBe(user.id);
    await forget();
    await expect(api(passkeysApi.beginRegistration, {}, player)).rejects.toMatchObject({
      code: 'proof_needed',
    });
  });

  it('tells its owner by mail that it was added', async () => {
    const { player } = await newPasskey();
    const { db } = await services();
    const { rows } = await db.execute(sql`
      select 1 from mails where recipient = ${player.user.email} and subject = 'A passkey was added'`);
    expect(rows).toHaveLength(1);
  });

  it('shows again that it is its owner', async () => {
    const { player, authenticator, passkey } = await newPasskey();
    const { db } = await services();
    await db.execute(sql`
      update sign_ins set proved_at = now() - interval '1 hour' where user_id = ${player.user.id}::uuid`);
    const params = { id: passkey.id };
    await expect(api(passkeysApi.remove, { params }, player)).rejects.toMatchObject({ code: 'proof_needed' });
    const prove = async (by: Authenticator) => {
      const { browser, options } = await challenge();
      const body = { credential: await by.get(options) };
      return call('POST', '/v1/accounts/passkeys/proof', {
        token: player.token,
        headers: { Cookie: browser },
        body,
      });
    };
    expect(await codeOf(prove((await newPasskey()).authenticator))).toBe('passkey_invalid');
    expect((await prove(authenticator)).status).toBe(204);
    await api(passkeysApi.remove, { params }, player);
  });
});

describe('registering a passkey', () => {
  const attempt = async (deviation: Deviation) =>
    register(await registerPlayer(), new Authenticator(ORIGIN), deviation);

  it.each([
    ['another origin', { origin: 'https://nearcade.example' }],
    ['another relying party', { rpId: 'nearcade.example' }],
    ['a user that it did not verify', { unverified: true }],
  ])('refuses %s', async (_, deviation) => {
    await expect(attempt(deviation)).rejects.toMatchObject({ code: 'passkey_invalid' });
  });

  it('refuses a challenge that is invented, answered already, expired, or another player’s', async () => {
    const refused = { code: 'passkey_challenge_invalid' };
    await expect(attempt({ challenge: 'aW52ZW50ZWQ' })).rejects.toMatchObject(refused);

    const player = await registerPlayer();
    const options = await api(passkeysApi.beginRegistration, {}, player);
    const first = await new Authenticator(ORIGIN).create(options);
    await api(passkeysApi.register, { body: { credential: first } }, player);
    const second = await new Authenticator(ORIGIN).create(options);
    await expect(api(passkeysApi.register, { body: { credential: second } }, player)).rejects.toMatchObject(
      refused,
    );

    const stolen = await new Authenticator(ORIGIN).create(
      await api(passkeysApi.beginRegistration, {}, player),
    );
    await expect(
      api(passkeysApi.register, { body: { credential: stolen } }, await registerPlayer()),
    ).rejects.toMatchObject(refused);

    const late = await new Authenticator(ORIGIN).create(await api(passkeysApi.beginRegistration, {}, player));
    await expireChallenges();
    await expect(api(passkeysApi.register, { body: { credential: late } }, player)).rejects.toMatchObject(
      refused,
    );
  });

  it('refuses an answer to the challenge of a sign-in', async () => {
    const { options } = await challenge();
    await expect(attempt({ challenge: options.challenge })).rejects.toMatchObject({
      code: 'passkey_challenge_invalid',
    });
  });
});

describe('signing in with a passkey', () => {
  it.each([
    ['another origin', { origin: 'https://nearcade.example' }],
    ['another relying party', { rpId: 'nearcade.example' }],
    ['a user that it did not verify', { unverified: true }],
    ['another account’s user handle', { userHandle: 'AZrPrKQ_cHWkz1mZ1q0J5g' }],
  ])('refuses %s', async (_, deviation) => {
    const { authenticator } = await newPasskey();
    expect(await codeOf(signIn(authenticator, deviation))).toBe('passkey_invalid');
    expect((await signIn(authenticator)).status).toBe(200);
  });

  it('refuses a replayed answer, also while the first is being looked at', async () => {
    const { authenticator } = await newPasskey({ counter: 0 });
    const { browser, options } = await challenge();
    const credential = await authenticator.get(options);
    const answers = await Promise.all(Array.from({ length: 5 }, () => answer(browser, credential)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401]);
    expect(await codeOf(answer(browser, credential))).toBe('passkey_challenge_invalid');
  });

  it('gives a challenge one try, and none after its time', async () => {
    const { authenticator } = await newPasskey();
    const { browser, options } = await challenge();
    const wrong = await authenticator.get(options, { unverified: true });
    expect(await codeOf(answer(browser, wrong))).toBe('passkey_invalid');
    expect(await codeOf(answer(browser, await authenticator.get(options)))).toBe('passkey_challenge_invalid');

    const late = await challenge();
    await expireChallenges();
    expect(await codeOf(answer(late.browser, await authenticator.get(late.options)))).toBe(
      'passkey_challenge_invalid',
    );
  });

  it('refuses an answer that comes from another browser than asked', async () => {
    const { authenticator } = await newPasskey();
    const { options } = await challenge();
    const credential = await authenticator.get(options);
    const other = await challenge();
    expect(await codeOf(answer(other.browser, credential))).toBe('passkey_challenge_invalid');
    expect(await codeOf(call('POST', '/v1/accounts/passkeys/sign-in', { body: { credential } }))).toBe(
      'passkey_challenge_invalid',
    );
  });

  it('refuses a tampered signature and tampered data', async () => {
    const { authenticator } = await newPasskey();
    for (const field of ['signature', 'authenticatorData'] as const) {
      const { browser, options } = await challenge();
      const credential = await authenticator.get(options);
      const data = Buffer.from(credential.response[field], 'base64url');
      const last = data.length - 1;
      data[last] = (data[last] ?? 0) ^ 1;
      credential.response[field] = data.toString('base64url');
      expect(await codeOf(answer(browser, credential))).toBe('passkey_invalid');
    }
  });

  it('refuses another user’s credential for one’s own signature', async () => {
    const mine = await newPasskey();
    const theirs = await newPasskey();
    const { browser, options } = await challenge();
    const credential = await mine.authenticator.get(options);
    const id = theirs.authenticator.credentialId;
    expect(await codeOf(answer(browser, { ...credential, id, rawId: id }))).toBe('passkey_invalid');
  });

  it('refuses a counter that went back, and tells the owner', async () => {
    const { player, authenticator } = await newPasskey({ counter: 5 });
    await answerOf(signInSchema, signIn(authenticator));
    authenticator.counter = 5;
    expect(await codeOf(signIn(authenticator))).toBe('passkey_cloned');
    const { passkeys } = await api(passkeysApi.list, {}, player);
    expect(passkeys[0]?.cloneSuspected).toBe(true);
    await answerOf(signInSchema, signIn(authenticator));
  });

  it('takes a signature forged with an old counter for wrong, not for a clone', async () => {
    const { player, authenticator } = await newPasskey({ counter: 5 });
    authenticator.counter = 0;
    const { browser, options } = await challenge();
    const credential = await authenticator.get(options);
    credential.response.signature = credential.response.signature.slice(0, -8).concat('AAAAAAAA');
    expect(await codeOf(answer(browser, credential))).toBe('passkey_invalid');
    expect((await api(passkeysApi.list, {}, player)).passkeys[0]?.cloneSuspected).toBe(false);
  });

  it('takes authenticators that keep no counter', async () => {
    const { authenticator } = await newPasskey({ counter: 0 });
    await answerOf(signInSchema, signIn(authenticator));
    await answerOf(signInSchema, signIn(authenticator));
  });

  it('lets nobody in who is banned', async () => {
    const { player, authenticator } = await newPasskey();
    const { db } = await services();
    await db.execute(sql`
      update users set banned_at = now(), ban_reason = 'test' where id = ${player.user.id}::uuid`);
    expect(await codeOf(signIn(authenticator))).toBe('banned');
  });

  it('names what is wrong with an answer', async () => {
    const { browser } = await challenge();
    expect(await codeOf(answer(browser, { id: '?' }))).toBe('invalid_request');
    const { authenticator } = await newPasskey();
    const { options } = await challenge();
    const credential = await authenticator.get(options);
    credential.response.clientDataJSON = 'AAAA';
    expect(await codeOf(answer(browser, credential))).toBe('invalid_request');
  });
});

describe('the last way to sign in', () => {
  it('stays: of an account without a password, whatever is removed at once', async () => {
    const { player, passkey: first, authenticator } = await newPasskey();
    const second = await register(player, new Authenticator(ORIGIN));
    const { db } = await services();
    await db.execute(sql`update users set password_hash = null where id = ${player.user.id}::uuid`);
    const results = await Promise.allSettled(
      [first, second].map(({ id }) => api(passkeysApi.remove, { params: { id } }, player)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { passkeys } = await api(passkeysApi.list, {}, player);
    expect(passkeys).toHaveLength(1);
    const params = { id: passkeys[0]?.id ?? '' };
    await expect(api(passkeysApi.remove, { params }, player)).rejects.toMatchObject({
      code: 'last_sign_in_method',
    });
    if (params.id === first.id) await answerOf(signInSchema, signIn(authenticator));
  });
});

async function expireChallenges(): Promise<void> {
  const { db } = await services();
  await db.execute(sql`update passkey_challenges set expires_at = now() - interval '1 s'`);
}
