import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf, problemOf, services } from '#edge/testing/platform.ts';
import { aRecord, emptyZone, newAddress, newNodeOf, TestZone } from '#edge/testing/zone.ts';

let zone: TestZone;
beforeEach(async () => {
  zone = await emptyZone();
});

describe('while Cloudflare', () => {
  const answer = (code: number, message: string) =>
    JSON.stringify({ success: false, errors: [{ code, message }], messages: [], result: null });

  it.each([
    ['refuses the token', { on: 'list', status: 403, body: answer(10000, 'Authentication error') }],
    ['is out of order', { on: 'batch', status: 502, body: '<html>Bad gateway</html>' }],
    ['does not answer', { on: 'list', status: 0 }],
    ['answers what is no record', { on: 'list', status: 200, body: '{"success":true,"result":[{}]}' }],
  ] as const)('%s, the node hears so and may ask again', async (_, fault) => {
    const node = newNodeOf();
    const address = newAddress();
    await zone.fail(fault);
    const problem = await problemOf(zone.ask(node, address));
    expect(problem).toMatchObject({ code: 'dns_failed', status: 503 });
    expect(JSON.stringify(problem)).not.toContain(`token-${zone.id}`);
    // At once it is not asked again: so many nodes would use up what Cloudflare allows.
    const asked = (await zone.requests()).length;
    expect(await codeOf(zone.ask(node, address))).toBe('dns_failed');
    expect((await zone.requests()).length).toBe(asked);
    await zone.age(`${node.id}.${zone.domain}`, 10);
    await zone.askOk(node, address);
    expect(await zone.records()).toHaveLength(1);
  });

  it('counts too many requests, it is left alone for as long as it says', async () => {
    const node = newNodeOf();
    const hostname = `${node.id}.${zone.domain}`;
    await zone.fail({
      on: 'list',
      status: 429,
      headers: { 'retry-after': '200' },
      body: answer(971, 'Slow down'),
    });
    expect(await codeOf(zone.ask(node, newAddress()))).toBe('dns_failed');
    const { db } = await services();
    const wait = async () => {
      const { rows } = await db.execute<{ s: number }>(sql`
        select extract(epoch from next_try_at - now())::float8 as s from node_names where hostname = ${hostname}`);
      return rows[0]?.s;
    };
    expect(await wait()).toBeGreaterThan(100);
  });

  it('has the wrong token, nothing is lost: the cron makes the record later', async () => {
    const node = newNodeOf();
    const address = newAddress();
    const hostname = `${node.id}.${zone.domain}`;
    zone.platform.bindings.DNS_API_TOKEN = 'an old one';
    expect(await problemOf(zone.ask(node, address))).toMatchObject({
      code: 'dns_failed',
      detail: expect.stringContaining('403'),
    });
    const { platform } = new TestZone({
      DNS_ZONE_ID: zone.id,
      DNS_API_TOKEN: `token-${zone.id}`,
      NODE_DOMAIN: zone.domain,
    });
    Object.defineProperty(zone, 'platform', { value: platform });
    await zone.age(hostname, 60);
    await zone.cron();
    expect(await zone.records()).toMatchObject([aRecord(hostname, address)]);
  });

  it('has done it and the answer is lost, the next try finds it done', async () => {
    const node = newNodeOf();
    const address = newAddress();
    await zone.fail({ on: 'batch', status: 200, lost: true });
    expect(await codeOf(zone.ask(node, address))).toBe('dns_failed');
    expect(await zone.records()).toHaveLength(1);
    await zone.age(`${node.id}.${zone.domain}`, 10);
    await zone.askOk(node, address);
    expect(await zone.records()).toHaveLength(1);
  });

  it('has the very record already, or an older one of ours, it becomes what it should be', async () => {
    const [node, moved] = [newNodeOf(), newNodeOf()];
    const [address, next] = [newAddress(), newAddress()];
    await zone.add(aRecord(`${node.id}.${zone.domain}`, address));
    await zone.askOk(node, address);
    await zone.add({ ...aRecord(`${moved.id}.${zone.domain}`, newAddress()), proxied: true, ttl: 1 });
    await zone.add(aRecord(`${moved.id}.${zone.domain}`, newAddress()));
    const { hostname } = await zone.askOk(moved, next);
    expect((await zone.records()).filter(({ name }) => name === hostname)).toMatchObject([
      aRecord(hostname, next),
    ]);
    expect(await zone.records()).toHaveLength(2);
  });
});
