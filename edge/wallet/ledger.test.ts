import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LedgerModel, type Step } from '#edge/testing/ledger-model.ts';
import { services, type TestPlayer } from '#edge/testing/platform.ts';
import {
  claim,
  faultsOf,
  freeSessions,
  giveCredits,
  guestPlayers,
  settle,
  walletOf,
} from '#edge/testing/wallet.ts';
import { NearcadeError } from '#shared/errors.ts';
import { reverseTransfer } from './operator-moves.ts';
import { applyPayment } from './payments/apply.ts';
import { openCheckout } from './payments/checkouts.ts';

const SESSIONS = 3;
const PAYMENTS = 2;
const KEYS = 3;

const payment = fc.nat(PAYMENTS - 1);
const session = fc.nat(SESSIONS - 1);
const key = fc.nat(KEYS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('top_up' as const), key, amount: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ do: fc.constant('reverse' as const), key }),
  fc.record({
    do: fc.constant('hold' as const),
    session,
    price: fc.integer({ min: 0, max: 30 }),
    unit: fc.constantFrom('session' as const, 'minute' as const),
  }),
  fc.record({
    do: fc.constant('settle' as const),
    session,
    played: fc.option(fc.integer({ min: 0, max: 300 })),
    failed: fc.boolean(),
  }),
  fc.record({ do: fc.constant('pay' as const), payment }),
  fc.record({ do: fc.constant('refund' as const), payment, percent: fc.integer({ min: 1, max: 100 }) }),
  fc.record({ do: fc.constant('charge_back' as const), payment }),
);

/** A player with sessions to hold for and checkouts to pay. */
interface World {
  player: TestPlayer;
  sessions: string[];
  checkouts: Array<{ id: string; amount: number; currency: string }>;
  keys: string[];
  run: string;
}

const spare: string[] = [];

async function newWorld(): Promise<World> {
  const svc = await services();
  const [player] = await guestPlayers(1);
  if (player === undefined) throw new Error('one was made');
  if (spare.length < SESSIONS) spare.push(...(await freeSessions(30)));
  const userId = player.user.id;
  const checkouts: World['checkouts'] = [];
  while (checkouts.length < PAYMENTS) {
    const request = { userId, key: crypto.randomUUID(), requestHash: '' };
    const { id, pack } = await openCheckout(svc, userId, 'small', request);
    checkouts.push({ id, amount: pack.amount, currency: pack.currency });
  }
  const keys = Array.from({ length: KEYS }, () => crypto.randomUUID());
  return { player, sessions: spare.splice(0, SESSIONS), checkouts, keys, run: crypto.randomUUID() };
}

/** Does it, for real; refusals are answers too. */
async function perform(world: World, taken: Step): Promise<void> {
  const svc = await services();
  const userId = world.player.user.id;
  const at = <T>(list: readonly T[], index: number): T => {
    const item = list[index];
    if (item === undefined) throw new Error('not in this world');
    return item;
  };
  try {
    switch (taken.do) {
      case 'top_up':
        await giveCredits(world.player, taken.amount, at(world.keys, taken.key));
        return;
      case 'reverse': {
        const { rows } = await svc.db.execute<{ id: string }>(sql`
          select resource_id as id from idempotency_keys
          where user_id = ${userId}::uuid and key = ${at(world.keys, taken.key)}`);
        if (rows[0] === undefined) return;
        const request = { userId, key: `reverse-${at(world.keys, taken.key)}`, requestHash: '' };
        const order = { userId, transferId: rows[0].id, reason: 'For a test', actor: userId };
        await reverseTransfer(svc, order, request);
        return;
      }
      case 'hold':
        await claim(world.player, at(world.sessions, taken.session), taken.price, taken.unit);
        return;
      case 'settle':
        await settle(at(world.sessions, taken.session), taken.played, taken.failed);
        return;
      default: {
        const { id: checkoutId, amount, currency } = at(world.checkouts, taken.payment);
        const paymentId = `${world.run}-${taken.payment}`;
        const amountSoFar = taken.do === 'refund' ? Math.ceil((amount * taken.percent) / 100) : amount;
        await applyPayment(
          svc,
          'test',
          taken.do === 'pay'
            ? { type: 'payment_succeeded', paymentId, checkoutId, amount, currency }
            : { type: taken.do === 'refund' ? 'payment_refunded' : 'chargeback', paymentId, amountSoFar },
        );
      }
    }
  } catch (error) {
    if (!(error instanceof NearcadeError) || error.code !== 'idempotency_key_reused') throw error;
  }
}

describe('the ledger', () => {
  it('does what plain arithmetic does, step by step', async () => {
    const { settings } = await services();
    const pack = settings.CREDIT_PACKS.find(({ id }) => id === 'small');
    if (pack === undefined) throw new Error('wrangler.toml has it');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async steps => {
        const [world, model] = [await newWorld(), new LedgerModel()];
        for (const taken of steps) {
          await perform(world, taken);
          model.take(taken, pack.credits, pack.amount);
          const { available, held, owed } = model;
          expect(await walletOf(world.player)).toEqual({ available, held, owed });
        }
        expect(await faultsOf([world.player])).toEqual([]);
      }),
      { numRuns: 30 },
    );
  }, 120_000);

  it('loses and makes nothing whatever happens at once, twice, in any order', async () => {
    const batches = fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(batches, async turns => {
        const world = await newWorld();
        for (const steps of turns) {
          // Everything twice: what came first and its repetition are under way together.
          await Promise.all([...steps, ...steps].map(taken => perform(world, taken)));
          expect(await faultsOf([world.player])).toEqual([]);
        }
        const before = await walletOf(world.player);
        // Once more, all of it: top ups, reversals and payments have been counted, holds and settlements made.
        for (const taken of turns.flat()) {
          if (taken.do !== 'hold' && taken.do !== 'settle' && taken.do !== 'reverse')
            await perform(world, taken);
        }
        expect(await walletOf(world.player)).toEqual(before);
        for (const sessionId of world.sessions) await settle(sessionId, 1);
        expect(await walletOf(world.player)).toMatchObject({ held: 0 });
        expect(await faultsOf([world.player])).toEqual([]);
      }),
      // A case that failed by an accident of timing can't be made smaller: say so at once.
      { numRuns: 20, endOnFailure: true },
    );
  }, 120_000);

  it('is a sum of zero whatever is written to it: Postgres refuses the rest', async () => {
    const { db } = await services();
    const [player] = await guestPlayers(1);
    if (player === undefined) throw new Error('one was made');
    const { id: transferId } = await giveCredits(player, 10);
    const userId = player.user.id;
    const wrong = [
      sql`update wallets set available = available + 1 where user_id = ${userId}::uuid`,
      sql`update wallets set available = -1, operator = 1 where user_id = ${userId}::uuid`,
      sql`update wallets set held = -1, operator = operator + 1 where user_id = ${userId}::uuid`,
      sql`update wallets set debt = -5, operator = operator + 5 where user_id = ${userId}::uuid`,
      sql`insert into wallet_postings values (${transferId}::uuid, ${userId}::uuid, 'operator', 'held', -3)`,
      sql`insert into wallet_postings values (${transferId}::uuid, ${userId}::uuid, 'held', 'held', 3)`,
      sql`insert into wallet_postings values (${transferId}::uuid, uuidv7(), 'held', 'available', 3)`,
    ];
    for (const statement of wrong) {
      await expect(db.execute(statement)).rejects.toMatchObject({ cause: { code: /^23/ } });
    }
    expect(await walletOf(player)).toEqual({ available: 10, held: 0, owed: 0 });
  });

  it('is proved wrong by the audit when a balance is not what its postings make it', async () => {
    const { db } = await services();
    const [player] = await guestPlayers(1);
    if (player === undefined) throw new Error('one was made');
    await giveCredits(player, 10);
    const userId = player.user.id;
    expect(await faultsOf([player])).toEqual([]);
    await db.execute(sql`
      update wallets set available = available + 1, operator = operator - 1 where user_id = ${userId}::uuid`);
    expect(await faultsOf([player])).toEqual([
      { fault: 'account', userId, what: 'available', stored: 11, derived: 10 },
      { fault: 'account', userId, what: 'operator', stored: -11, derived: -10 },
    ]);
    await db.execute(sql`
      update wallets set available = available - 1, operator = operator + 1 where user_id = ${userId}::uuid`);
  });
});
