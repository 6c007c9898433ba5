import { sql } from 'drizzle-orm';
import { signInSchema } from '#shared/api/accounts.ts';
import { mailApi } from '#shared/api/mail.ts';
import type { AccountRole } from '#shared/roles.ts';
import { answerOf, api, call, cookieOf, newPlayer, services, type TestPlayer } from './platform.ts';

/** The token of the link in the last mail to `recipient` whose subject holds `subject`; undefined when there is none. */
export async function mailedToken(recipient: string, subject: string): Promise<string | undefined> {
  const { items } = await api(mailApi.outbox, { query: { recipient } });
  const mail = items.find(item => item.subject.includes(subject));
  return /\?token=([\w-]{43})\b/.exec(mail?.text ?? '')?.[1];
}

/** A player who has that role, with an access token that says so. */
export async function newPlayerWithRole(role: AccountRole): Promise<TestPlayer> {
  const player = await newPlayer();
  const { db } = await services();
  await db.execute(sql`
    update users set role = ${role}, email_verified_at = now() where id = ${player.user.id}::uuid`);
  const response = await call('POST', '/v1/accounts/refresh', { headers: { Cookie: player.cookie } });
  const cookie = cookieOf(response);
  const { user, accessToken } = await answerOf(signInSchema, response);
  return { user: { ...player.user, ...user, email: player.user.email }, token: accessToken, cookie };
}
