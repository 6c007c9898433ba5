import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { answerOf, api, call, codeOf, newPlayer, services, type TestPlayer } from '#edge/testing/platform.ts';
import { claim, faultsOf, freeSessions, giveCredits, settle, walletOf } from '#edge/testing/wallet.ts';
import { type Checkout, checkoutSchema, walletApi } from '#shared/api/wallet.ts';
import { deleteOldCheckouts } from './checkouts.ts';
import type { PaymentEvent } from './provider.ts';
import { SIGNATURE_HEADER, sign, verifySignature } from './signature.ts';
import { testPayment } from './test-payment.ts';

async function secret(): Promise<string> {
  const [first] = (await services()).settings.PAYMENT_WEBHOOK_SECRETS;
  if (first === undefined) throw new Error('the tests have a secret');
  return first;
}

/** Sends a webhook as the provider does. */
async function deliver(event: PaymentEvent, { at = new Date(), key }: { at?: Date; key?: string } = {}) {
  const signature = sign(JSON.stringify(event), key ?? (await secret()), at);
  return call('POST', '/v1/webhooks/payments', { body: event, headers: { [SIGNATURE_HEADER]: signature } });
}

/** A checkout of 100 credits and the news about its payment. */
async function newSale() {
  const player = await newPlayer();
  const checkout = await api(walletApi.checkout, { body: { pack: 'small' } }, player);
  const { amount, currency } = checkout.pack;
  const paymentId = `pay-${crypto.randomUUID()}`;
  const paid: PaymentEvent = {
    type: 'payment_succeeded',
    paymentId,
    checkoutId: checkout.id,
    amount,
    currency,
  };
  const refunded = (amountSoFar: number): PaymentEvent => ({
    type: 'payment_refunded',
    paymentId,
    amountSoFar,
  });
  const chargedBack: PaymentEvent = { type: 'chargeback', paymentId, amountSoFar: amount };
  return { player, checkout, amount, paid, refunded, chargedBack };
}

const kindsOf = async (player: TestPlayer) =>
  (await api(walletApi.transfers, {}, player)).items.map(({ kind }) => kind).reverse();

describe('buying credits', () => {
  it('leads to the page of the provider; its word brings the credits', async () => {
    const { player, checkout, paid } = await newSale();
    expect(checkout.pack.credits).toBe(100);
    expect(await walletOf(player)).toMatchObject({ available: 0 });
    expect((await deliver(paid)).status).toBe(204);
    expect(await walletOf(player)).toEqual({ available: 100, held: 0, owed: 0 });
    expect(await kindsOf(player)).toEqual(['payment']);
  });

  it('shows what is sold, and sells nothing else', async () => {
    const { packs } = await api(walletApi.packs, {});
    expect(packs.map(({ id }) => id)).toContain('small');
    const unknown = api(walletApi.checkout, { body: { pack: 'free' } }, await newPlayer());
    await expect(unknown).rejects.toMatchObject({ code: 'pack_not_found' });
  });

  it('makes one checkout for one key', async () => {
    const player = await newPlayer();
    const key = crypto.randomUUID();
    const headers = { 'Idempotency-Key': key };
    const ask = (pack: string) =>
      call('POST', '/v1/wallet/checkouts', { token: player.token, body: { pack }, headers });
    const all = await Promise.all([1, 2, 3].map(() => answerOf(checkoutSchema, ask('small'))));
    expect(new Set(all.map((checkout: Checkout) => checkout.url)).size).toBe(1);
    expect(await codeOf(ask('large'))).toBe('idempotency_key_reused');
  });
});

describe('checkouts', () => {
  it('are begun so often an hour, and forgotten when nobody paid', async () => {
    const player = await newPlayer();
    const ask = () => api(walletApi.checkout, { body: { pack: 'small' } }, player);
    const first = await ask();
    for (let count = 1; count < 20; count++) await ask();
    await expect(ask()).rejects.toMatchObject({ code: 'rate_limited' });
    const { db } = await services();
    await api(walletApi.testPayment, { params: { checkoutId: first.id }, body: { act: 'pay' } }, player);
    const mine = sql`user_id = ${player.user.id}::uuid`;
    await db.execute(sql`update wallet_checkouts set created_at = now() - interval '91 days' where ${mine}`);
    await deleteOldCheckouts(db);
    const { rows } = await db.execute(sql`select id from wallet_checkouts where ${mine}`);
    expect(rows).toEqual([{ id: first.id }]);
  });
});

describe('the payment webhook', () => {
  it('doubled, one after the other or at once, counts once', async () => {
    const { player, paid } = await newSale();
    const answers = await Promise.all(Array.from({ length: 8 }, () => deliver(paid)));
    answers.push(await deliver(paid));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    expect(await walletOf(player)).toMatchObject({ available: 100 });
    expect(await kindsOf(player)).toEqual(['payment']);
    expect(await faultsOf([player])).toEqual([]);
  });

  it('shuffled and at once, ends where it would end in order', async () => {
    for (let turn = 0; turn < 5; turn++) {
      const { player, amount, paid, refunded } = await newSale();
      const half = Math.floor(amount / 2);
      const events = [refunded(half), paid, refunded(amount), paid, refunded(half), refunded(amount)];
      await Promise.all(events.map(event => deliver(event)));
      expect(await walletOf(player)).toEqual({ available: 0, held: 0, owed: 0 });
      expect(await faultsOf([player])).toEqual([]);
    }
  });

  it('with a refund before the success gives nothing in the end', async () => {
    const { player, amount, paid, refunded } = await newSale();
    expect((await deliver(refunded(amount))).status).toBe(204);
    expect(await walletOf(player)).toMatchObject({ available: 0 });
    expect((await deliver(paid)).status).toBe(204);
    expect(await walletOf(player)).toEqual({ available: 0, held: 0, owed: 0 });
    expect(await kindsOf(player)).toEqual(['payment', 'payment_refund']);
  });

  it('takes credits back in proportion, and never more than were given', async () => {
    const { player, amount, paid, refunded, chargedBack } = await newSale();
    await deliver(paid);
    await deliver(refunded(Math.floor(amount / 4)));
    expect(await walletOf(player)).toMatchObject({ available: 75 });
    await deliver(chargedBack);
    await deliver(refunded(amount));
    expect(await walletOf(player)).toEqual({ available: 0, held: 0, owed: 0 });
    expect(await faultsOf([player])).toEqual([]);
  });

  it('of a refund when the credits are spent leaves a debt that later credits pay first', async () => {
    const { player, amount, paid, refunded } = await newSale();
    await deliver(paid);
    const [one = '', two = ''] = await freeSessions(2);
    await claim(player, one, 60);
    await settle(one, 1);
    await claim(player, two, 15);
    await deliver(refunded(amount));
    expect(await walletOf(player)).toEqual({ available: 0, held: 15, owed: 75 });
    await settle(two, null);
    expect(await walletOf(player)).toEqual({ available: 0, held: 0, owed: 60 });
    await giveCredits(player, 100);
    expect(await walletOf(player)).toEqual({ available: 40, held: 0, owed: 0 });
    expect(await faultsOf([player])).toEqual([]);
  });

  it('forged, old, from the future or unsigned is refused', async () => {
    const { player, paid } = await newSale();
    const minutes = (count: number) => new Date(Date.now() + count * 60_000);
    expect(await codeOf(deliver(paid, { key: 'x'.repeat(43) }))).toBe('signature_wrong');
    expect(await codeOf(deliver(paid, { at: minutes(-6) }))).toBe('signature_wrong');
    expect(await codeOf(deliver(paid, { at: minutes(6) }))).toBe('signature_wrong');
    expect(await codeOf(call('POST', '/v1/webhooks/payments', { body: paid }))).toBe('signature_wrong');
    const signature = sign(JSON.stringify(paid), await secret(), new Date());
    const other = { ...paid, paymentId: 'another' };
    const headers = { [SIGNATURE_HEADER]: signature };
    expect(await codeOf(call('POST', '/v1/webhooks/payments', { body: other, headers }))).toBe(
      'signature_wrong',
    );
    expect(await walletOf(player)).toMatchObject({ available: 0 });
    expect((await deliver(paid, { at: minutes(-4) })).status).toBe(204);
  });

  it('whose payment is not what was asked for credits nothing, until it is told right', async () => {
    const { player, paid, amount } = await newSale();
    if (paid.type !== 'payment_succeeded') throw new Error('it succeeded');
    expect(await codeOf(deliver({ ...paid, amount: amount - 1 }))).toBe('payment_mismatch');
    expect(await codeOf(deliver({ ...paid, currency: 'JPY' }))).toBe('payment_mismatch');
    expect(await codeOf(deliver({ ...paid, checkoutId: crypto.randomUUID() }))).toBe('payment_mismatch');
    expect(await walletOf(player)).toMatchObject({ available: 0 });
    expect((await deliver(paid)).status).toBe(204);
    expect(await walletOf(player)).toMatchObject({ available: 100 });
  });

  it('that makes no sense is the fault of who signed it', async () => {
    const body = JSON.stringify({ type: 'payment_succeeded' });
    const headers = { [SIGNATURE_HEADER]: sign(body, await secret(), new Date()) };
    const sent = call('POST', '/v1/webhooks/payments', { body: { type: 'payment_succeeded' }, headers });
    expect(await codeOf(sent)).toBe('invalid_request');
  });
});

describe('signatures', () => {
  const [old, fresh] = ['o'.repeat(32), 'f'.repeat(32)];
  const now = new Date('2030-01-01T00:00:00Z');

  it('hold with any of the secrets, while one is replaced by another', () => {
    for (const key of [old, fresh]) {
      expect(() => verifySignature('{}', sign('{}', key, now), [fresh, old], now)).not.toThrow();
    }
    const both = `${sign('{}', old, now)},${sign('{}', fresh, now).split(',')[1]}`;
    expect(() => verifySignature('{}', both, [fresh], now)).not.toThrow();
    expect(() => verifySignature('{}', sign('{}', old, now), [fresh], now)).toThrow();
    expect(() => verifySignature('{}', sign('{}', old, now), [], now)).toThrow();
  });

  it.each(['', 't=,v1=', 't=1', 'v1=00', 't=NaN,v1=00', 'odd'])('do not hold when they are %j', header => {
    expect(() => verifySignature('{}', header, [fresh], now)).toThrow();
  });
});

describe('test payments', () => {
  it("do what a provider's news would, for the player's own checkout", async () => {
    const { player, checkout } = await newSale();
    const params = { checkoutId: checkout.id };
    const foreign = api(walletApi.testPayment, { params, body: { act: 'pay' } }, await newPlayer());
    await expect(foreign).rejects.toMatchObject({ code: 'checkout_not_found' });
    await api(walletApi.testPayment, { params, body: { act: 'pay' } }, player);
    expect(await walletOf(player)).toMatchObject({ available: 100 });
    await api(walletApi.testPayment, { params, body: { act: 'charge_back' } }, player);
    expect(await walletOf(player)).toMatchObject({ available: 0 });
  });

  it('are not there where real money is taken, or none', async () => {
    const { player, checkout } = await newSale();
    const whole = await services();
    const off = { ...whole, settings: { ...whole.settings, PAYMENTS: 'off' as const } };
    await expect(testPayment(off, player.user.id, checkout.id, 'pay')).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await walletOf(player)).toMatchObject({ available: 0 });
  });
});
