import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { hashSecret } from '#edge/http/secrets.ts';
import { openServices } from '#edge/services.ts';
import { redisKey } from '#edge/store/keys.ts';
import { mailedToken, newPlayerWithRole } from '#edge/testing/accounts.ts';
import { TestSocket } from '#edge/testing/live.ts';
import {
  answerOf,
  api,
  bindings,
  call,
  claimsOf,
  codeOf,
  cookieOf,
  ORIGIN,
  PASSWORD,
  registerPlayer,
  services,
  type TestPlayer,
  unique,
} from '#edge/testing/platform.ts';
import { accountsApi, signInSchema } from '#shared/api/accounts.ts';
import { mailApi } from '#shared/api/mail.ts';
import { myAccountApi } from '#shared/api/my-account.ts';
import { LIVE_CLOSE } from '#shared/live-protocol.ts';
import { verifyEmail } from './emails.ts';
import { deleteOldLinks } from './links.ts';
import { mailResetLink, resetPassword } from './password-change.ts';

const VERIFY = 'Verify';
const RESET = 'new password';
const CHANGE = 'Confirm';

const userOf = async (player: Pick<TestPlayer, 'token'>) =>
  (await api(accountsApi.validate, {}, player)).user;
const readerOf = ({ token }: Pick<TestPlayer, 'token'>) => ({ sid: String(claimsOf(token).sid) });
const follow = (token = '') => api(accountsApi.verifyEmail, { body: { token } });
const login = (email: string, password: string) =>
  call('POST', '/v1/accounts/login', { body: { email, password } });
const reset = (token: string | undefined, password: string) =>
  call('POST', '/v1/accounts/password/reset', { body: { token, password } });

async function tokenFor(player: TestPlayer, subject: string): Promise<string> {
  const token = await mailedToken(player.user.email, subject);
  if (token === undefined) throw new Error(`no mail: ${subject}`);
  return token;
}

/** Moves what was mailed to the player back in time. */
async function age(player: TestPlayer, time: string): Promise<void> {
  const { db } = await services();
  await db.execute(sql`
    update account_links set created_at = created_at - ${time}::interval, expires_at = expires_at - ${time}::interval
    where user_id = ${player.user.id}::uuid`);
}

describe('verifying the e-mail address', () => {
  it('works by the link that registering mails, and again when it is followed twice', async () => {
    const player = await registerPlayer();
    expect(player.user.emailVerified).toBe(false);
    const token = await tokenFor(player, VERIFY);
    expect(await follow(token)).toEqual({ email: player.user.email });
    expect((await userOf(player)).emailVerified).toBe(true);
    expect(await follow(token)).toEqual({ email: player.user.email });
  });

  it('leads to the address that the settings name, in words for people', async () => {
    const { user } = await registerPlayer();
    const { items } = await api(mailApi.outbox, { query: { recipient: user.email } });
    expect(items).toHaveLength(1);
    expect(items[0]?.text).toContain(`${ORIGIN}/verify?token=`);
    expect(items[0]?.text).toContain('24 hours');
  });

  it('is not stored in the clear', async () => {
    const player = await registerPlayer();
    const token = await tokenFor(player, VERIFY);
    const { db } = await services();
    const { rows } = await db.execute(sql`select 1 from account_links where token_hash = ${token}`);
    expect(rows).toHaveLength(0);
  });

  it('refuses an expired, invented or foreign link, and links are deleted in time', async () => {
    const player = await registerPlayer();
    const token = await tokenFor(player, VERIFY);
    await age(player, '25 hours');
    await expect(follow(token)).rejects.toMatchObject({ code: 'link_invalid' });
    await expect(follow('x'.repeat(43))).rejects.toMatchObject({ code: 'link_invalid' });
    await expect(follow('short')).rejects.toMatchObject({ code: 'invalid_request' });
    await age(player, '24 hours');
    const { db } = await services();
    await deleteOldLinks(db);
    const { rows } = await db.execute(sql`
      select 1 from account_links where user_id = ${player.user.id}::uuid`);
    expect(rows).toHaveLength(0);
    expect((await userOf(player)).emailVerified).toBe(false);
  });

  it('is mailed again, a minute apart and five times an hour at most, also when asked at once', async () => {
    const player = await registerPlayer();
    const resend = () => call('POST', '/v1/accounts/me/email/verification', { token: player.token });
    expect(await codeOf(resend())).toBe('rate_limited');
    await age(player, '2 minutes');
    const answers = await Promise.all(Array.from({ length: 4 }, resend));
    expect(answers.map(answer => answer.status).sort()).toEqual([204, 429, 429, 429]);
    for (const _ of [3, 4, 5]) {
      const { hints } = await services();
      await hints.del(redisKey.signInTries('account', hashSecret(player.user.id)));
      await age(player, '2 minutes');
      expect((await resend()).status).toBe(204);
    }
    await age(player, '2 minutes');
    expect(await codeOf(resend())).toBe('rate_limited');
    await age(player, '1 hour');
    expect((await resend()).status).toBe(204);
  });

  it('is refused again to who is verified already', async () => {
    const player = await registerPlayer();
    await follow(await tokenFor(player, VERIFY));
    await expect(api(myAccountApi.resendVerification, {}, player)).rejects.toMatchObject({
      code: 'already_verified',
    });
  });

  it('makes the first admin, whose address the settings name and who is signed in, and nobody else', async () => {
    const [first, other] = [await registerPlayer(), await registerPlayer()];
    const named = await openServices({ ...bindings, FIRST_ADMIN_EMAIL: first.user.email });
    expect((await userOf(first)).role).toBe('player');
    await verifyEmail(named, await tokenFor(other, VERIFY), readerOf(other));
    await verifyEmail(named, await tokenFor(first, VERIFY), readerOf(first));
    expect((await userOf(first)).role).toBe('admin');
    expect((await userOf(other)).role).toBe('player');
  });

  it('makes no admin of an account that a stranger has made with that address, whoever clicks', async () => {
    for (const reader of [undefined, readerOf(await registerPlayer())]) {
      const strangers = await registerPlayer();
      const named = await openServices({ ...bindings, FIRST_ADMIN_EMAIL: strangers.user.email });
      await verifyEmail(named, await tokenFor(strangers, VERIFY), reader);
      expect(await userOf(strangers)).toMatchObject({ role: 'player', emailVerified: true });
    }
    const gone = await registerPlayer();
    const named = await openServices({ ...bindings, FIRST_ADMIN_EMAIL: gone.user.email });
    await call('POST', '/v1/accounts/logout', { headers: { Cookie: gone.cookie } });
    await verifyEmail(named, await tokenFor(gone, VERIFY), readerOf(gone));
    const { db } = await services();
    const { rows } = await db.execute(sql`select role from users where id = ${gone.user.id}::uuid`);
    expect(rows).toEqual([{ role: 'player' }]);
  });

  it('makes no second admin by a mailed reset of the password', async () => {
    await newPlayerWithRole('admin');
    const player = await registerPlayer();
    const named = await openServices({ ...bindings, FIRST_ADMIN_EMAIL: player.user.email });
    await mailResetLink(named, player.user.email);
    const asked = { token: await tokenFor(player, RESET), password: 'another horse battery' };
    const device = { secret: 'x', hash: 'x', name: 'A device' };
    const { signIn } = await resetPassword(named, asked, device);
    expect(signIn.user).toMatchObject({ id: player.user.id, role: 'player', emailVerified: true });
  });
});

describe('a forgotten password', () => {
  const forgot = (email: string) => api(accountsApi.forgotPassword, { body: { email } });

  it('is replaced by a mailed link: that signs in, ends every other sign-in and verifies the address', async () => {
    const player = await registerPlayer();
    await forgot(player.user.email.toUpperCase());
    const answer = await reset(await tokenFor(player, RESET), 'another horse battery');
    const cookie = cookieOf(answer);
    const { user } = await answerOf(signInSchema, answer);
    expect(user).toMatchObject({ id: player.user.id, emailVerified: true });
    expect(await codeOf(login(player.user.email, PASSWORD))).toBe('credentials_wrong');
    expect((await login(player.user.email, 'another horse battery')).status).toBe(200);
    const refresh = (value: string) => call('POST', '/v1/accounts/refresh', { headers: { Cookie: value } });
    expect(await codeOf(refresh(player.cookie))).toBe('unauthenticated');
    expect((await refresh(cookie)).status).toBe(200);
  });

  it('cuts the live sockets of the sign-ins that it ends, and lets the new one in', async () => {
    const player = await registerPlayer();
    const old = await TestSocket.join(player);
    await forgot(player.user.email);
    const { accessToken } = await answerOf(
      signInSchema,
      reset(await tokenFor(player, RESET), 'another horse battery'),
    );
    expect(await old.closes()).toEqual({ code: LIVE_CLOSE.cut, reason: 'password_changed' });
    await TestSocket.join({ ...player, token: accessToken });
  });

  it('tells nobody whether the address has an account', async () => {
    const player = await registerPlayer();
    const nobody = `${unique('nobody')}@nearcade.test`;
    const ask = (email: string) => call('POST', '/v1/accounts/password/forgotten', { body: { email } });
    const [known, unknown] = [await ask(player.user.email), await ask(nobody)];
    expect([known.status, unknown.status]).toEqual([204, 204]);
    expect(await known.text()).toBe(await unknown.text());
    const headers = (answer: Response) =>
      [...answer.headers].filter(([name]) => name !== 'x-request-id' && name !== 'date');
    expect(headers(known)).toEqual(headers(unknown));
    expect((await api(mailApi.outbox, { query: { recipient: nobody } })).items).toEqual([]);
    // Nor by a limit: the second mail is simply not sent.
    expect((await ask(player.user.email)).status).toBe(204);
    const { items } = await api(mailApi.outbox, { query: { recipient: player.user.email } });
    expect(items.filter(mail => mail.subject.includes(RESET))).toHaveLength(1);
  });

  it('uses a link once, also when it is followed twice at once, and voids the others', async () => {
    const player = await registerPlayer();
    await forgot(player.user.email);
    const older = await tokenFor(player, RESET);
    await age(player, '2 minutes');
    await forgot(player.user.email);
    const newer = await tokenFor(player, RESET);
    expect(newer).not.toBe(older);
    const answers = await Promise.all(['a', 'b', 'c'].map(letter => reset(newer, letter.repeat(12))));
    expect(answers.map(answer => answer.status).sort()).toEqual([200, 410, 410]);
    expect(await codeOf(reset(older, 'another horse battery'))).toBe('link_invalid');
  });

  it('takes no link of another purpose, and none that has run out', async () => {
    const player = await registerPlayer();
    expect(await codeOf(reset(await tokenFor(player, VERIFY), 'another horse battery'))).toBe('link_invalid');
    await forgot(player.user.email);
    const token = await tokenFor(player, RESET);
    await expect(follow(token)).rejects.toMatchObject({ code: 'link_invalid' });
    await age(player, '61 minutes');
    expect(await codeOf(reset(token, 'another horse battery'))).toBe('link_invalid');
    expect((await login(player.user.email, PASSWORD)).status).toBe(200);
  });

  it('ends a lock-out', async () => {
    const player = await registerPlayer();
    for (let wrong = 0; wrong < 5; wrong++) await login(player.user.email, 'not the password');
    expect(await codeOf(login(player.user.email, PASSWORD))).toBe('sign_in_locked');
    await forgot(player.user.email);
    await reset(await tokenFor(player, RESET), 'another horse battery');
    expect((await login(player.user.email, 'another horse battery')).status).toBe(200);
  });

  it('removes what a stranger set up on an address that was never verified', async () => {
    const { db } = await services();
    const passkeysAfterReset = async (player: TestPlayer) => {
      await db.execute(sql`
        insert into passkeys (user_id, credential_id, public_key, counter, transports, name, backed_up)
        values (${player.user.id}::uuid, ${unique('credential')}, 'key', 0, '{}', 'Theirs', false)`);
      await forgot(player.user.email);
      await reset(await tokenFor(player, RESET), 'another horse battery');
      const { rows } = await db.execute(sql`select 1 from passkeys where user_id = ${player.user.id}::uuid`);
      return rows.length;
    };
    const verified = await registerPlayer();
    await follow(await tokenFor(verified, VERIFY));
    expect(await passkeysAfterReset(await registerPlayer())).toBe(0);
    expect(await passkeysAfterReset(verified)).toBe(1);
  });
});

describe('another e-mail address', () => {
  const ask = (player: TestPlayer, email: string, password: string | undefined = PASSWORD) =>
    api(myAccountApi.changeEmail, { body: { email, password } }, player);

  it('is taken when the link to it is followed; the old one is told', async () => {
    const player = await registerPlayer();
    const email = `${unique('new')}@nearcade.test`;
    await ask(player, email);
    expect((await userOf(player)).email).toBe(player.user.email);
    await follow(await mailedToken(email, CHANGE));
    expect(await userOf(player)).toMatchObject({ email, emailVerified: true });
    const told = await api(mailApi.outbox, { query: { recipient: player.user.email } });
    expect(told.items.map(mail => mail.subject)).toContain('Your e-mail address was changed');
    // A link to the old address is void.
    await expect(follow(await tokenFor(player, VERIFY))).rejects.toMatchObject({ code: 'link_invalid' });
  });

  it('needs the password, and is never one that somebody has', async () => {
    const [player, other] = [await registerPlayer(), await registerPlayer()];
    const email = `${unique('new')}@nearcade.test`;
    await expect(ask(player, email, 'not the password')).rejects.toMatchObject({ code: 'credentials_wrong' });
    await ask(player, other.user.email);
    expect(await mailedToken(other.user.email, CHANGE)).toBeUndefined();
    await age(player, '2 minutes');
    await ask(player, email);
    const late = await call('POST', '/v1/accounts/register', {
      body: { email, password: PASSWORD, displayName: 'Quick' },
    });
    expect(late.status).toBe(201);
    await expect(follow(await mailedToken(email, CHANGE))).rejects.toMatchObject({ code: 'email_taken' });
    expect((await userOf(player)).email).toBe(player.user.email);
  });
});
