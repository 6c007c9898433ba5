import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { services } from '#edge/testing/platform.ts';
import { aRecord, emptyZone, loseLease, newAddress, newNodeOf, type TestZone } from '#edge/testing/zone.ts';

let zone: TestZone;
beforeEach(async () => {
  zone = await emptyZone();
});

describe('a record goes', () => {
  it('when its node leaves', async () => {
    const node = newNodeOf();
    await zone.askOk(node, newAddress());
    const registered = await zone.register(node);
    await zone.cron();
    expect(await zone.records()).toHaveLength(1);
    expect((await zone.leave(registered)).status).toBe(204);
    await expect.poll(() => zone.records()).toEqual([]);
    const { db } = await services();
    await expect.poll(async () => (await db.execute(sql`select 1 from node_names`)).rows).toEqual([]);
  });

  it('also when Cloudflare is away just then: the cron does it', async () => {
    const node = newNodeOf();
    const { hostname } = await zone.askOk(node, newAddress());
    const registered = await zone.register(node);
    await zone.fail({ on: 'batch', status: 500 });
    await zone.leave(registered);
    const { db } = await services();
    const failed = async () =>
      (
        await db.execute(
          sql`select 1 from node_names where hostname = ${hostname} and last_error is not null`,
        )
      ).rows;
    await expect.poll(failed).toHaveLength(1);
    expect(await zone.records()).toHaveLength(1);
    await zone.cron();
    expect(await zone.records()).toHaveLength(1);
    await zone.age(hostname, 60);
    await zone.cron();
    expect(await zone.records()).toEqual([]);
  });

  it('when its node is lost, and not in the minute in which it may come back', async () => {
    const node = newNodeOf();
    const { hostname } = await zone.askOk(node, newAddress());
    await zone.register(node);
    await zone.age(hostname, 3600);
    await loseLease(node.id, 5);
    await zone.cron();
    expect(await zone.records()).toHaveLength(1);
    await loseLease(node.id, 120);
    await zone.cron();
    expect(await zone.records()).toEqual([]);
  });

  it('and is there again when the lost node comes back', async () => {
    const node = newNodeOf();
    const address = newAddress();
    const { hostname } = await zone.askOk(node, address);
    await zone.register(node);
    await zone.age(hostname, 3600);
    await loseLease(node.id, 120);
    await zone.cron();
    await zone.askOk(node, address);
    await zone.cron();
    expect(await zone.records()).toMatchObject([aRecord(hostname, address)]);
  });

  it('when its node never came', async () => {
    const { hostname } = await zone.askOk(newNodeOf(), newAddress());
    await zone.age(hostname, 300);
    await zone.cron();
    expect(await zone.records()).toHaveLength(1);
    await zone.age(hostname, 600);
    await zone.cron();
    expect(await zone.records()).toEqual([]);
  });

  it('when nobody knows its name any more, as after a restored database; of other makers none does', async () => {
    const kept = await zone.askOk(newNodeOf(), newAddress());
    const lost = `${newNodeOf().id}.${zone.domain}`;
    const foreign = { ...aRecord(`www.${zone.domain}`, newAddress()), comment: null };
    const otherPlatform = {
      ...aRecord(`x.${zone.domain}`, newAddress()),
      comment: 'Nearcade node of other.test',
    };
    await zone.add(aRecord(lost, newAddress()));
    await zone.add(foreign);
    await zone.add(otherPlatform);
    await zone.sweepIsDue();
    await zone.cron();
    const names = (await zone.records()).map(({ name }) => name);
    expect(names.sort()).toEqual([kept.hostname, foreign.name, otherPlatform.name].sort());
    // Not each minute.
    const asked = (await zone.requests()).length;
    await zone.cron();
    expect((await zone.requests()).length).toBe(asked);
  });
});

it('a record that a person has changed or removed is put right', async () => {
  const [first, second] = [newAddress(), newAddress()];
  const one = await zone.askOk(newNodeOf(), first);
  const two = await zone.askOk(newNodeOf(), second);
  const { db } = await services();
  // As the zone would be if it had been changed by hand: the names say otherwise.
  await db.execute(sql`update node_names set ipv4 = ${newAddress()} where hostname = ${one.hostname}`);
  await db.execute(sql`
    update node_names set hostname = ${`moved-${two.hostname}`} where hostname = ${two.hostname}`);
  await zone.sweepIsDue();
  await zone.cron();
  const { rows } = await db.execute<{ hostname: string; ipv4: string }>(sql`
    select hostname, ipv4 from node_names order by hostname`);
  const seen = (await zone.records()).map(({ name, content }) => ({ hostname: name, ipv4: content }));
  expect(seen.sort((a, b) => (a.hostname < b.hostname ? -1 : 1))).toEqual(rows);
});
