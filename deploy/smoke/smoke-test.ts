import { randomUUID } from 'node:crypto';
import { accountsApi } from '#shared/api/accounts.ts';
import { catalogApi } from '#shared/api/catalog.ts';
import { myAccountApi } from '#shared/api/my-account.ts';
import { type ReadinessPart, serviceApi } from '#shared/api/service.ts';
import { type ErrorCode, NearcadeError } from '#shared/errors.ts';
import { expectReady } from './ready.ts';
import type { Visitor } from './visitor.ts';

/** Files of the page that are fetched; all of them are the same build. */
const ASSETS_MAX = 20;

/** Looks for the new version, and the pause between them: Cloudflare takes seconds to know it everywhere, a first route or certificate too. */
const LOOKS = 30;
const LOOK_PAUSE_MS = 1_000;

export interface SmokeOptions {
  visitor: Visitor;
  /** By what serves now, beside it: what that lacks too is no fault of this one. */
  other?: Visitor | undefined;
  /** The version that has to answer. Undefined where there is no other. */
  version: string | undefined;
  sleep: (ms: number) => Promise<void>;
  signal: AbortSignal;
}

/**
 * Uses the platform as a player would, by real requests: health, the page and its files, the API's description, a guest who looks at the
 * games, and what has to be refused. What it makes it removes. Where nobody can come in, during maintenance or as a guest who was not
 * invited, that is what has to be answered; while Redis is away nobody signs in, and nobody tries. Throws `smoke_test_failed` that says which request was wrong.
 */
export async function smokeTest(options: SmokeOptions): Promise<string> {
  const { visitor, other, signal } = options;
  const check = checking(options);
  const refused = refusing(check);
  await expectVersion(options);
  const away = await check('/readyz', () => expectReady(visitor, other));
  const canSignIn = !away.includes('redis' satisfies ReadinessPart);
  const files = await check('the page', () => loadPage(visitor));
  await check('/openapi.json', async () => {
    const { openapi } = (await (await visitor.get('/openapi.json')).json()) as { openapi?: string };
    if (openapi?.startsWith('3.1') !== true) throw new Error('is no OpenAPI 3.1');
  });
  signal.throwIfAborted();
  const { maintenance } = await check('/v1/status', () => visitor.call(serviceApi.status, {}));
  const guest: Guest = canSignIn
    ? await check('a guest', () => enter(visitor, maintenance))
    : { isIn: false, why: 'without Redis' };
  const token = guest.isIn ? guest.token : undefined;
  let isEmpty = false;
  try {
    if (guest.isIn) {
      const me = await check('who the guest is', () => visitor.call(accountsApi.validate, {}, { token }));
      if (me.user.id !== guest.userId) throw failed('who the guest is', 'somebody else');
      await refused('a password for a guest', 'forbidden', () =>
        visitor.call(
          myAccountApi.changePassword,
          { body: { newPassword: 'long enough to be one' } },
          { token },
        ),
      );
    }
    const { games } = await check('the games', () => visitor.call(catalogApi.list, {}, { token }));
    isEmpty = games.length === 0;
    await refused('a player without a token', 'unauthenticated', () =>
      visitor.call(accountsApi.validate, {}),
    );
    if (canSignIn) {
      await refused('a wrong password', 'credentials_wrong', () =>
        visitor.call(accountsApi.login, {
          body: { email: nobody(), password: 'not the password of anybody' },
        }),
      );
    }
  } finally {
    if (guest.isIn) {
      await check("the guest's end", () => visitor.call(myAccountApi.delete, { body: {} }, { token }));
    }
  }
  const who = guest.isIn ? 'guest' : `no guest (${guest.why})`;
  const passed = `page with ${files} files, ${who}, games and refusals are right`;
  const lacking = away.length === 0 ? [] : [`BUT NOT THERE, also for what serves now: ${away.join(', ')}`];
  return [passed, ...(isEmpty ? [EMPTY] : []), ...lacking].join('; ');
}

type Guest = { isIn: true; token: string; userId: string } | { isIn: false; why: string };

/** Comes in as a guest, or is kept out as an operator has it: during maintenance, or by the list of who may come in. */
async function enter(visitor: Visitor, isMaintenance: boolean): Promise<Guest> {
  try {
    const { accessToken: token, user } = await visitor.call(accountsApi.guest, {
      body: { displayName: 'Smoke test' },
    });
    return { isIn: true, token, userId: user.id };
  } catch (error) {
    const code = error instanceof NearcadeError ? error.code : undefined;
    if (code === 'maintenance' && isMaintenance) return { isIn: false, why: 'maintenance' };
    if (code === 'access_denied' && !isMaintenance) return { isIn: false, why: 'who was not invited' };
    throw error;
  }
}

/** No reason to go back: at the first deploy it has to be so, since a game is shown when nodes have it (deploy/catalogue). */
const EMPTY =
  'BUT THE CATALOGUE IS EMPTY, so nobody can play: "npm run catalogue -- publish" when nodes are ready';

/** Reserved for examples (RFC 2606): nobody has an account there. Another each time, since wrong passwords add up. */
const nobody = () => `smoke-test-${randomUUID()}@nobody.example.com`;

/** Whatever answers before the version does is no failure yet: an older one, no route, a certificate or a name that is not known everywhere. */
async function expectVersion({ visitor, version, sleep, signal }: SmokeOptions): Promise<void> {
  for (let look = 1; ; look++) {
    signal.throwIfAborted();
    const { wrong, cause } = await visitor.call(serviceApi.health, {}).then(
      ({ version: answers }) => ({
        wrong:
          version === undefined || answers === version
            ? undefined
            : `${answers ?? 'an unknown version'} answers, not ${version}`,
        cause: undefined,
      }),
      (cause: unknown) => ({ wrong: cause instanceof Error ? cause.message : String(cause), cause }),
    );
    if (wrong === undefined) return;
    if (look === LOOKS) throw failed('/healthz', wrong, cause);
    await sleep(LOOK_PAUSE_MS);
  }
}

/** The page and what it loads first. Returns how many files. */
async function loadPage(visitor: Visitor): Promise<number> {
  const page = await visitor.get('/');
  const html = await page.text();
  if (!page.ok || !html.includes('<script')) throw new Error(`status ${page.status}, no script in it`);
  const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
  if (files.length === 0) throw new Error('names no file');
  for (const path of files.slice(0, ASSETS_MAX)) {
    const file = await visitor.get(path);
    const type = file.headers.get('content-type') ?? '';
    // The page itself is what an unknown path answers.
    if (!file.ok || type.includes('text/html'))
      throw new Error(`${path} is not there (${file.status}, ${type})`);
    await file.arrayBuffer();
  }
  return files.length;
}

/** Tries of a request whose answer is that something cannot be reached just now: a lost packet is no reason to go back. */
const TRIES = 3;
const TRY_PAUSE_MS = 1_000;

type Check = <T>(what: string, run: () => Promise<T>) => Promise<T>;

function checking({ sleep, signal }: Pick<SmokeOptions, 'sleep' | 'signal'>): Check {
  return async (what, run) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await run();
      } catch (error) {
        signal.throwIfAborted();
        const mayPass = error instanceof NearcadeError && error.code === 'unavailable';
        if (!mayPass || attempt === TRIES) {
          throw failed(what, error instanceof Error ? error.message : String(error), error);
        }
        await sleep(TRY_PAUSE_MS);
      }
    }
  };
}

function refusing(check: Check) {
  return (what: string, code: ErrorCode, run: () => Promise<unknown>): Promise<void> =>
    check(what, async () => {
      const answer = await run().then(
        () => 'let through',
        (error: unknown) => {
          if (!(error instanceof NearcadeError) || error.code === 'unavailable') throw error;
          return error.code;
        },
      );
      if (answer !== code) throw new Error(`was answered ${answer}`);
    });
}

function failed(what: string, reason: string, cause?: unknown): NearcadeError {
  return new NearcadeError('smoke_test_failed', `Smoke test: ${what}: ${reason}.`, { cause });
}
