import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { TestSocket } from '#edge/testing/live.ts';
import {
  answerOf,
  api,
  call,
  codeOf,
  cookieOf,
  create,
  createOk,
  newGame,
  newNode,
  PASSWORD,
  registerPlayer,
  services,
  type TestPlayer,
  unique,
} from '#edge/testing/platform.ts';
import { accountsApi, signInSchema } from '#shared/api/accounts.ts';
import { mailApi } from '#shared/api/mail.ts';
import { myAccountApi } from '#shared/api/my-account.ts';
import { playApi } from '#shared/api/play.ts';
import { LIVE_CLOSE } from '#shared/live-protocol.ts';
import { anonymiseIdleGuests } from './guests.ts';

const NEW_PASSWORD = 'another horse battery';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';

const refresh = (cookie: string) => call('POST', '/v1/accounts/refresh', { headers: { Cookie: cookie } });
const codeOfRefresh = (cookie: string) => codeOf(refresh(cookie));

async function signInAgain(player: TestPlayer, userAgent = FIREFOX): Promise<TestPlayer> {
  const response = await call('POST', '/v1/accounts/login', {
    body: { email: player.user.email, password: PASSWORD },
    headers: { 'User-Agent': userAgent },
  });
  const cookie = cookieOf(response);
  const { accessToken } = await answerOf(signInSchema, response);
  return { ...player, token: accessToken, cookie };
}

async function newGuest(displayName?: string): Promise<TestPlayer> {
  const response = await call('POST', '/v1/accounts/guests', {
    body: displayName === undefined ? {} : { displayName },
  });
  expect(response.status).toBe(201);
  const cookie = cookieOf(response);
  const { user, accessToken } = await answerOf(signInSchema, response);
  return { user: user as TestPlayer['user'], token: accessToken, cookie };
}

/** Lets what the player proved count no longer. */
async function forgetProof(player: TestPlayer): Promise<void> {
  const { db } = await services();
  await db.execute(sql`
    update sign_ins set proved_at = now() - interval '16 minutes' where user_id = ${player.user.id}::uuid`);
}

describe('sign-ins', () => {
  it('are listed with device, and which one asks', async () => {
    const player = await registerPlayer();
    const other = await signInAgain(player);
    const { items } = await api(myAccountApi.signIns, {}, other);
    expect(items.map(item => [item.device, item.current])).toEqual([
      ['Firefox on Linux', true],
      ['Unknown device', false],
    ]);
    await refresh(player.cookie);
    const after = await api(myAccountApi.signIns, {}, other);
    expect(after.items.map(item => item.current)).toEqual([false, true]);
  });

  it('end one by one, others not', async () => {
    const player = await registerPlayer();
    const other = await signInAgain(player);
    const { items } = await api(myAccountApi.signIns, {}, player);
    const id = items.find(item => !item.current)?.id ?? '';
    await api(myAccountApi.endSignIn, { params: { id } }, player);
    expect(await codeOfRefresh(other.cookie)).toBe('unauthenticated');
    expect((await refresh(player.cookie)).status).toBe(200);
    await expect(api(myAccountApi.endSignIn, { params: { id } }, player)).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('cut their live sockets and get no tickets when they end, though their access token has not run out', async () => {
    const player = await registerPlayer();
    const other = await signInAgain(player);
    const [socket, kept] = [await TestSocket.join(other), await TestSocket.join(player)];
    const game = await newGame();
    await newNode([game], { slots: 2 });
    const { session } = await createOk(player, game);
    await api(myAccountApi.endSignIns, {}, player);
    expect(await socket.closes()).toEqual({ code: LIVE_CLOSE.cut, reason: 'signed_out' });
    expect(kept.closed).toBeUndefined();
    const ticket = (by: TestPlayer) => api(playApi.ticket, { params: { id: session.id } }, by);
    await expect(ticket(other)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect((await ticket(player)).kind).toBe('admitted');
    await api(playApi.leave, { params: { id: session.id } }, player);
    expect(await codeOf(create(other, game))).toBe('unauthenticated');
    expect((await create(player, game)).status).toBe(201);
  });

  it('are no one else’s to end', async () => {
    const [player, stranger] = [await registerPlayer(), await registerPlayer()];
    const id = (await api(myAccountApi.signIns, {}, player)).items[0]?.id ?? '';
    await expect(api(myAccountApi.endSignIn, { params: { id } }, stranger)).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await refresh(player.cookie)).status).toBe(200);
  });

  it('end all at once, or all others', async () => {
    const player = await registerPlayer();
    const others = [await signInAgain(player), await signInAgain(player)];
    expect(await api(myAccountApi.endSignIns, {}, player)).toEqual({ ended: 2 });
    for (const other of others) expect(await codeOfRefresh(other.cookie)).toBe('unauthenticated');
    expect(await api(myAccountApi.endSignIns, { query: { which: 'all' } }, player)).toEqual({ ended: 1 });
    expect(await codeOfRefresh(player.cookie)).toBe('unauthenticated');
    await expect(api(accountsApi.validate, {}, player)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('keep the device’s cookie, so that a device is known again', async () => {
    const player = await registerPlayer();
    const response = await call('POST', '/v1/accounts/login', {
      body: { email: player.user.email, password: PASSWORD },
    });
    const device = /nearcade_device=[\w-]{43}/.exec(response.headers.get('set-cookie') ?? '')?.[0] ?? '';
    const again = await call('POST', '/v1/accounts/login', {
      body: { email: player.user.email, password: PASSWORD },
      headers: { Cookie: device },
    });
    expect(again.headers.get('set-cookie')).toContain(device);
  });
});

describe('changing the password', () => {
  const change = (player: TestPlayer, currentPassword: string) =>
    api(myAccountApi.changePassword, { body: { currentPassword, newPassword: NEW_PASSWORD } }, player);

  it('needs the old one, ends the other sign-ins and tells by mail', async () => {
    const player = await registerPlayer();
    const other = await signInAgain(player);
    await expect(change(player, 'not the password')).rejects.toMatchObject({ code: 'credentials_wrong' });
    await change(player, PASSWORD);
    expect(await codeOfRefresh(other.cookie)).toBe('unauthenticated');
    expect((await refresh(player.cookie)).status).toBe(200);
    const login = (password: string) =>
      call('POST', '/v1/accounts/login', { body: { email: player.user.email, password } });
    expect(await codeOf(login(PASSWORD))).toBe('credentials_wrong');
    expect((await login(NEW_PASSWORD)).status).toBe(200);
    const { items } = await api(mailApi.outbox, { query: { recipient: player.user.email } });
    expect(items[0]?.subject).toBe('Your password was changed');
  });

  it('cannot be had by guessing with a stolen token, and locks nobody out of signing in', async () => {
    const player = await registerPlayer();
    for (let wrong = 0; wrong < 5; wrong++) {
      await expect(change(player, 'not the password')).rejects.toMatchObject({ code: 'credentials_wrong' });
    }
    await expect(change(player, PASSWORD)).rejects.toMatchObject({ code: 'sign_in_locked' });
    expect((await signInAgain(player)).cookie).toContain('nearcade_refresh');
  });

  it('sets the first password of an account that has none only after a recent proof', async () => {
    const player = await registerPlayer();
    const { db } = await services();
    await db.execute(sql`update users set password_hash = null where id = ${player.user.id}::uuid`);
    await forgetProof(player);
    const setFirst = () => api(myAccountApi.changePassword, { body: { newPassword: NEW_PASSWORD } }, player);
    await expect(setFirst()).rejects.toMatchObject({ code: 'proof_needed' });
    await db.execute(sql`update sign_ins set proved_at = now() where user_id = ${player.user.id}::uuid`);
    await setFirst();
    await expect(setFirst()).rejects.toMatchObject({ code: 'proof_needed' });
  });
});

describe('the account', () => {
  it('gets another name, in tokens from the next refresh on', async () => {
    const player = await registerPlayer();
    const renamed = await api(myAccountApi.rename, { body: { displayName: ' Grace ' } }, player);
    expect(renamed).toMatchObject({ id: player.user.id, displayName: 'Grace' });
    const { user } = await answerOf(signInSchema, refresh(player.cookie));
    expect(user.displayName).toBe('Grace');
  });

  it('is deleted for good: nothing personal stays, the row does', async () => {
    const player = await registerPlayer();
    const other = await signInAgain(player);
    await forgetProof(player);
    const remove = (body: { password?: string }) => api(myAccountApi.delete, { body }, player);
    await expect(remove({})).rejects.toMatchObject({ code: 'proof_needed' });
    await expect(remove({ password: 'not the password' })).rejects.toMatchObject({
      code: 'credentials_wrong',
    });
    await remove({ password: PASSWORD });
    for (const { cookie } of [player, other]) expect(await codeOfRefresh(cookie)).toBe('unauthenticated');
    const { db } = await services();
    const { rows } = await db.execute(sql`
      select to_jsonb(users) || jsonb_build_object(
        'sign_ins', (select jsonb_agg(to_jsonb(sign_ins)) from sign_ins where user_id = users.id),
        'mails', (select count(*) from mails where user_id = users.id or recipient = ${player.user.email})) as all
      from users where id = ${player.user.id}::uuid`);
    expect(rows).toHaveLength(1);
    const left = JSON.stringify(rows);
    for (const personal of [player.user.email, 'Ada', 'scrypt', 'Firefox'])
      expect(left).not.toContain(personal);
    expect(left).toContain('"mails":0');
    // The address is free again, for an account that has nothing of the old one.
    const again = await answerOf(
      signInSchema,
      call('POST', '/v1/accounts/register', {
        body: { email: player.user.email, password: PASSWORD, displayName: 'New' },
      }),
    );
    expect(again.user.id).not.toBe(player.user.id);
  });

  it('is deleted after a recent proof too', async () => {
    const player = await registerPlayer();
    await forgetProof(player);
    await expect(api(myAccountApi.prove, { body: { password: 'wrong' } }, player)).rejects.toMatchObject({
      code: 'credentials_wrong',
    });
    await api(myAccountApi.prove, { body: { password: PASSWORD } }, player);
    await api(myAccountApi.delete, { body: {} }, player);
    expect(await codeOfRefresh(player.cookie)).toBe('unauthenticated');
  });
});

describe('a guest', () => {
  it('plays at once, with a name of choice or any', async () => {
    const guest = await newGuest('Robin');
    expect(guest.user).toMatchObject({ displayName: 'Robin', email: null, guest: true, role: 'player' });
    expect((await newGuest()).user.displayName).toMatch(/^Guest \d{4}$/);
    const game = await newGame();
    await newNode([game]);
    expect((await createOk(guest, game)).session.game).toBe(game.slug);
  });

  it('claims the account and keeps all of it', async () => {
    const guest = await newGuest('Robin');
    const game = await newGame();
    await newNode([game]);
    const { session } = await createOk(guest, game);
    const email = `${unique('robin')}@nearcade.test`;
    const claimed = await api(myAccountApi.claim, { body: { email, password: PASSWORD } }, guest);
    expect(claimed).toMatchObject({ id: guest.user.id, email, displayName: 'Robin', guest: false });
    const { items } = await api(mailApi.outbox, { query: { recipient: email } });
    expect(items.map(mail => mail.subject)).toEqual(['Verify your e-mail address']);
    expect((await refresh(guest.cookie)).status).toBe(200);
    const again = await answerOf(
      signInSchema,
      call('POST', '/v1/accounts/login', { body: { email, password: PASSWORD } }),
    );
    expect(again.user.id).toBe(guest.user.id);
    const { current } = await api(playApi.current, {}, { token: again.accessToken });
    expect(current?.session.id).toBe(session.id);
  });

  it('claims it once, also when asked twice at once, and not with an address that somebody has', async () => {
    const guest = await newGuest();
    const { user } = await registerPlayer();
    const claim = (email: string) =>
      call('POST', '/v1/accounts/me/claim', { token: guest.token, body: { email, password: PASSWORD } });
    expect(await codeOf(claim(user.email))).toBe('email_taken');
    const answers = await Promise.all(
      [1, 2, 3].map(number => claim(`${unique(`claim${number}`)}@nearcade.test`)),
    );
    expect(answers.map(answer => answer.status).sort()).toEqual([200, 409, 409]);
    const member = await registerPlayer();
    const body = { email: `${unique('x')}@nearcade.test`, password: PASSWORD };
    await expect(api(myAccountApi.claim, { body }, member)).rejects.toMatchObject({ code: 'not_a_guest' });
  });

  it('is deleted without a password, and forgotten when its only device has not come back for a month', async () => {
    const gone = await newGuest();
    await api(myAccountApi.delete, { body: {} }, gone);
    expect(await codeOfRefresh(gone.cookie)).toBe('unauthenticated');
    const [idle, active] = [await newGuest('Idle'), await newGuest('Active')];
    const { db } = await services();
    for (const { user } of [idle, active]) {
      await db.execute(sql`
        update users set created_at = now() - interval '31 days' where id = ${user.id}::uuid`);
    }
    await db.execute(sql`
      update refresh_tokens set expires_at = now() where sign_in_id in (
        select id from sign_ins where user_id = ${idle.user.id}::uuid)`);
    await anonymiseIdleGuests(db);
    const { rows } = await db.execute(sql`
      select display_name from users where id in (${idle.user.id}::uuid, ${active.user.id}::uuid)
      order by deleted_at nulls last`);
    expect(rows).toEqual([{ display_name: 'Deleted player' }, { display_name: 'Active' }]);
    expect((await refresh(active.cookie)).status).toBe(200);
  });
});
