import { importJWK, type JWK, SignJWT } from 'jose';
import type pg from 'pg';
import type { AccountRole } from '#shared/roles.ts';

export interface BenchPlayer {
  id: string;
  token: string;
}

/** Accounts made by SQL, with access tokens signed by the platform's key: signing in would measure password hashing. */
export function makePlayers(database: pg.Client, signingJwks: string, count: number): Promise<BenchPlayer[]> {
  return makeAccounts(database, signingJwks, count, 'player');
}

export async function makeOperator(database: pg.Client, signingJwks: string): Promise<BenchPlayer> {
  const [operator] = await makeAccounts(database, signingJwks, 1, 'operator');
  if (operator === undefined) throw new Error('one was made');
  return operator;
}

async function makeAccounts(
  database: pg.Client,
  signingJwks: string,
  count: number,
  role: AccountRole,
): Promise<BenchPlayer[]> {
  const { rows } = await database.query<{ id: string; sid: string }>(
    `with made as (
      insert into users (email, display_name, role)
      select 'bench-' || gen_random_uuid() || '@example.test', 'Bench', $2 from generate_series(1, $1) returning id
    ), signed_in as (
      insert into sign_ins (user_id) select id from made returning user_id as id, id as sid
    ), kept as (
      -- Cron deletes sign-ins that can't be refreshed.
      insert into refresh_tokens (token_hash, sign_in_id, expires_at)
      select 'bench-' || sid, sid, now() + interval '1 day' from signed_in)
    select id, sid from signed_in`,
    [count, role],
  );
  const [jwk] = JSON.parse(signingJwks) as JWK[];
  if (jwk === undefined) throw new Error('the platform has no signing key');
  const key = await importJWK(jwk, 'EdDSA');
  return Promise.all(
    rows.map(async ({ id, sid }) => {
      const token = await new SignJWT({ sid, name: 'Bench', role })
        .setProtectedHeader({ alg: 'EdDSA', kid: jwk.kid ?? '', typ: 'at+jwt' })
        .setIssuer('nearcade')
        .setAudience('nearcade-api')
        .setSubject(id)
        .setIssuedAt()
        .setExpirationTime('1 h')
        .sign(key);
      return { id, token };
    }),
  );
}
