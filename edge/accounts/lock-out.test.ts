import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { hashSecret, newSecret } from '#edge/http/secrets.ts';
import { openServices, type Services } from '#edge/services.ts';
import { redisKey } from '#edge/store/keys.ts';
import {
  bindings,
  call,
  codeOf,
  PASSWORD,
  registerPlayer,
  services,
  unique,
} from '#edge/testing/platform.ts';
import { NearcadeError } from '#shared/errors.ts';
import { login } from './accounts.ts';
import type { Device } from './devices.ts';
import { deleteOldLocks } from './lock-out.ts';

function newDevice(): Device {
  const secret = newSecret();
  return { secret, hash: hashSecret(secret), name: 'Test' };
}

interface Client {
  address: string;
  device: Device;
}
const newClient = (): Client => ({ address: unique('address'), device: newDevice() });

/** `signed in`, or the code of what it was refused with. */
async function attempt(email: string, password: string, client: Client, on?: Services): Promise<string> {
  try {
    await login(on ?? (await services()), { email, password }, client);
    return 'signed in';
  } catch (error) {
    if (error instanceof NearcadeError) return error.code;
    throw error;
  }
}

const guess = (email: string, client: Client) => attempt(email, 'not the password', client);

async function guessUntilLocked(email: string, client: Client): Promise<void> {
  for (let wrong = 0; wrong < 5; wrong++) expect(await guess(email, client)).toBe('credentials_wrong');
  expect(await guess(email, client)).toBe('sign_in_locked');
}

/** Lets the waits of an address run out. */
async function passWait(email: string): Promise<void> {
  const { db } = await services();
  await db.execute(sql`
    update sign_in_locks set locked_until = locked_until - interval '1 hour' where guarded = ${guarded(email)}`);
}

const guarded = (email: string) => hashSecret(`email:${email}`);

async function secondsToWait(email: string): Promise<number> {
  const { db } = await services();
  const { rows } = await db.execute<{ seconds: number }>(sql`
    select extract(epoch from locked_until - last_try_at)::int as seconds from sign_in_locks
    where guarded = ${guarded(email)}`);
  return rows[0]?.seconds ?? 0;
}

describe('lock-out by account', () => {
  it('makes even the right password wait after five wrong ones, and says how long', async () => {
    const { user } = await registerPlayer();
    const client = newClient();
    await guessUntilLocked(user.email, client);
    const refused = login(await services(), { email: user.email, password: PASSWORD }, client);
    await expect(refused).rejects.toMatchObject({
      code: 'sign_in_locked',
      details: { retryAfterSeconds: expect.any(Number) },
    });
    await passWait(user.email);
    expect(await attempt(user.email, PASSWORD, client)).toBe('signed in');
  });

  it('counts guesses of one instant too', async () => {
    const { user } = await registerPlayer();
    const client = newClient();
    const answers = await Promise.all(Array.from({ length: 30 }, () => guess(user.email, client)));
    expect(answers.filter(answer => answer === 'credentials_wrong')).toHaveLength(5);
    expect(answers.filter(answer => answer === 'sign_in_locked')).toHaveLength(25);
  });

  it('waits twice as long each time, and a quarter of an hour at most', async () => {
    const email = `${unique('nobody')}@nearcade.test`;
    const client = newClient();
    await guessUntilLocked(email, client);
    const waits = [await secondsToWait(email)];
    for (let turn = 0; turn < 7; turn++) {
      await passWait(email);
      expect(await guess(email, client)).toBe('credentials_wrong');
      waits.push(await secondsToWait(email));
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900, 900]);
  });

  it('treats an address that nobody has alike', async () => {
    await guessUntilLocked(`${unique('nobody')}@nearcade.test`, newClient());
  });

  it('begins anew after the right password, and after a day', async () => {
    const { user } = await registerPlayer();
    const client = newClient();
    for (let wrong = 0; wrong < 4; wrong++) await guess(user.email, client);
    expect(await attempt(user.email, PASSWORD, client)).toBe('signed in');
    await guessUntilLocked(user.email, newClient());
    const { db } = await services();
    await db.execute(sql`
      update sign_in_locks set last_try_at = now() - interval '25 hours' where guarded = ${guarded(user.email)}`);
    await deleteOldLocks(db);
    expect(await secondsToWait(user.email)).toBe(0);
    await guessUntilLocked(user.email, newClient());
  });

  it('is remembered when Redis loses what it counted', async () => {
    const { user } = await registerPlayer();
    const signIn = (password: string) =>
      codeOf(call('POST', '/v1/accounts/login', { body: { email: user.email, password } }));
    for (let wrong = 0; wrong < 5; wrong++)
      expect(await signIn('not the password')).toBe('credentials_wrong');
    const { hints } = await services();
    expect(await hints.del(redisKey.signInTries('account', hashSecret(user.email)))).toBe(1);
    const refused = await call('POST', '/v1/accounts/login', {
      body: { email: user.email, password: PASSWORD },
    });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await codeOf(refused)).toBe('sign_in_locked');
  });

  it('does not touch the owner on a device that has signed in before', async () => {
    const { user } = await registerPlayer();
    const own = newClient();
    expect(await attempt(user.email, PASSWORD, own)).toBe('signed in');
    const stranger = newClient();
    await guessUntilLocked(user.email, stranger);
    expect(await attempt(user.email, PASSWORD, own)).toBe('signed in');
    // The stranger is let in no sooner for that.
    expect(await guess(user.email, stranger)).toBe('sign_in_locked');
    // And the known device has a count of its own.
    await guessUntilLocked(user.email, own);
  });

  it('leaves the owner’s device alone also when strangers try all the time', async () => {
    const { user } = await registerPlayer();
    const signIn = (password: string, headers = {}) =>
      call('POST', '/v1/accounts/login', { body: { email: user.email, password }, headers });
    const cookies = (await signIn(PASSWORD)).headers.get('set-cookie') ?? '';
    const Cookie = /nearcade_device=[\w-]{43}/.exec(cookies)?.[0] ?? '';
    const refused = [];
    for (let wrong = 0; wrong < 12; wrong++) refused.push(await codeOf(signIn('not the password')));
    expect(refused.at(-1)).toBe('rate_limited');
    const forgotten = { body: { email: user.email } };
    expect(await codeOf(call('POST', '/v1/accounts/password/forgotten', forgotten))).toBe('rate_limited');
    expect((await signIn(PASSWORD, { Cookie })).status).toBe(200);
    const mailed = await call('POST', '/v1/accounts/password/forgotten', {
      ...forgotten,
      headers: { Cookie },
    });
    expect(mailed.status).toBe(204);
  });

  it('takes no device for known that signed in to another account', async () => {
    const [mine, theirs] = [await registerPlayer(), await registerPlayer()];
    const client = newClient();
    expect(await attempt(mine.user.email, PASSWORD, client)).toBe('signed in');
    await guessUntilLocked(theirs.user.email, newClient());
    expect(await attempt(theirs.user.email, PASSWORD, client)).toBe('sign_in_locked');
  });
});

describe('lock-out by client address', () => {
  it('refuses an address after too many wrong passwords, whatever the accounts, but no known device', async () => {
    const strict = await openServices({ ...bindings, SIGN_IN_FAILURES_PER_ADDRESS: '3' });
    const { user } = await registerPlayer();
    const client = newClient();
    const known = { ...client, device: newDevice() };
    expect(await attempt(user.email, PASSWORD, known, strict)).toBe('signed in');
    for (let wrong = 0; wrong < 3; wrong++) {
      const email = `${unique('nobody')}@nearcade.test`;
      expect(await attempt(email, PASSWORD, client, strict)).toBe('credentials_wrong');
    }
    expect(await attempt(user.email, PASSWORD, client, strict)).toBe('sign_in_locked');
    expect(await attempt(user.email, PASSWORD, { ...newClient() }, strict)).toBe('signed in');
    expect(await attempt(user.email, PASSWORD, known, strict)).toBe('signed in');
  });
});
