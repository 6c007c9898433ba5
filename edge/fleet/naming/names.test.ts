import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf, heartbeat, newNode, problemOf, registerNode, services } from '#edge/testing/platform.ts';
import { newAddress, newNodeOf, TestZone } from '#edge/testing/zone.ts';

let zone: TestZone;
beforeEach(async () => {
  // Rows are everybody's who has a zone: those of another test must not be due in this one's.
  const { db } = await services();
  await db.execute(sql`delete from node_names`);
  zone = new TestZone();
});

const A = (hostname: string, address: string) => ({
  name: hostname,
  type: 'A',
  content: address,
  ttl: 60,
  proxied: false,
  comment: 'Nearcade node of nearcade.test',
});
const loseLease = async (id: string, secondsAgo: number) => {
  const { db } = await services();
  await db.execute(sql`
    update nodes set lease_expires_at = now() - make_interval(secs => ${secondsAgo}::float8) where id = ${id}`);
};

describe('a node that asks for its name', () => {
  it('gets a record that leads to its address, by the platform’s name, and the same again when it asks again', async () => {
    const node = newNodeOf();
    const address = newAddress();
    const name = await zone.askOk(node, address);
    const hostname = `${node.id}.${zone.domain}`;
    expect(name).toEqual({ hostname, ageSeconds: expect.any(Number) });
    expect(await zone.records()).toMatchObject([A(hostname, address)]);
    const asked = (await zone.requests()).length;
    await zone.age(hostname, 100);
    expect((await zone.askOk(node, address)).ageSeconds).toBeGreaterThanOrEqual(100);
    expect((await zone.requests()).length).toBe(asked);
  });

  it('gets records of both families, each asked for from its own address', async () => {
    const node = newNodeOf();
    const [four, six] = [newAddress(), '2600:1f18:abcd:1::5'];
    const { hostname } = await zone.askOk(node, four);
    await zone.askOk(node, '2600:1F18:abcd:1:0:0:0:5');
    const records = (await zone.records()).map(({ type, content }) => `${type} ${content}`);
    expect(records.sort()).toEqual([`A ${four}`, `AAAA ${six}`]);
    // The next start of the program has one address only.
    await zone.askOk({ ...node, bootId: crypto.randomUUID() }, four);
    expect(await zone.records()).toMatchObject([A(hostname, four)]);
    expect(await zone.records()).toHaveLength(1);
  });

  it('shows the fleet’s key', async () => {
    const node = newNodeOf();
    expect(await codeOf(zone.ask(node, newAddress(), { key: 'wrong' }))).toBe('node_unknown');
    expect(await zone.requests()).toEqual([]);
  });

  it('gets none for an address that is not its own, or that nobody on the internet reaches', async () => {
    const node = newNodeOf();
    expect(await codeOf(zone.ask(node, newAddress(), { from: newAddress() }))).toBe('node_address_wrong');
    for (const address of [
      ...['10.0.0.7', '127.0.0.1', '169.254.169.254', '192.168.1.1', '100.64.0.1', '0.0.0.0', '224.0.0.1'],
      ...['::1', 'fe80::1', 'fd00::1', '::ffff:10.0.0.7', '2001:db8::1', '2002:a00::1', 'ff02::1'],
    ]) {
      expect(await codeOf(zone.ask(node, address)), address).toBe('node_address_wrong');
    }
    expect(await zone.requests()).toEqual([]);
  });

  it.each(['-a', 'a-', 'a.b', 'A', 'a_b', '*', '', 'a'.repeat(64), '../a'])(
    'gets none that is no DNS label: %j',
    async id => {
      expect(await codeOf(zone.ask({ ...newNodeOf(), id }, newAddress()))).toBe('invalid_request');
    },
  );

  it('hears that there are none where the platform gives none, which its settings have to say as a whole', async () => {
    const off = new TestZone();
    for (const name of ['DNS_API_TOKEN', 'DNS_ZONE_ID', 'NODE_DOMAIN']) delete off.platform.bindings[name];
    expect(await codeOf(off.ask(newNodeOf(), newAddress()))).toBe('naming_off');
    const half = new TestZone();
    delete half.platform.bindings.NODE_DOMAIN;
    expect(await problemOf(half.ask(newNodeOf(), newAddress()))).toMatchObject({ code: 'config_invalid' });
  });

  it('keeps it for its machine: another one gets it when the node has gone, or did not come', async () => {
    const node = newNodeOf();
    const address = newAddress();
    const other = { id: node.id, bootId: crypto.randomUUID() };
    const { hostname } = await zone.askOk(node, address);
    // It waits for its certificate.
    expect(await codeOf(zone.ask(other, newAddress()))).toBe('node_name_held');
    await zone.age(hostname, 3600);
    const registered = await zone.register(node);
    expect(await codeOf(zone.ask(other, newAddress()))).toBe('node_name_held');
    expect(await zone.records()).toMatchObject([A(hostname, address)]);
    // The same machine, started again, while the lease of before holds.
    await zone.askOk(other, address);
    await zone.askOk(node, address);
    await zone.leave(registered);
    await expect.poll(() => zone.records()).toEqual([]);
    const next = newAddress();
    await zone.askOk(other, next);
    expect(await zone.records()).toMatchObject([A(hostname, next)]);
    expect(await zone.records()).toHaveLength(1);
  });

  it('is the only one that registers by that id: the fleet’s key alone puts no node in another’s place', async () => {
    const node = newNodeOf();
    const address = newAddress();
    await zone.askOk(node, address);
    const registered = await zone.register(node);
    const thief = { id: node.id, bootId: crypto.randomUUID() };
    expect(await codeOf(registerNode([], thief))).toBe('node_name_held');
    expect((await heartbeat(registered)).status).toBe(200);
    // Its own next start asks first, from where it is.
    const next = { id: node.id, bootId: crypto.randomUUID() };
    expect(await codeOf(registerNode([], next))).toBe('node_name_held');
    await zone.askOk(next, address);
    await zone.register(next);
    expect(await codeOf(heartbeat(registered))).toBe('node_unknown');
    // Who was lost for long has no name that would be in anybody's way.
    await zone.age(`${node.id}.${zone.domain}`, 3600);
    await loseLease(node.id, 120);
    await zone.cron();
    expect((await registerNode([], thief)).status).toBe(200);
  });

  it('does not get that of a node that is here and has a name of its own', async () => {
    const { id } = await newNode([]);
    expect(await codeOf(zone.ask({ id, bootId: crypto.randomUUID() }, newAddress()))).toBe('node_name_held');
    expect(await zone.records()).toEqual([]);
  });

  it('has the one name of its address: that of who had the address before goes', async () => {
    const address = newAddress();
    const [first, second, third] = [newNodeOf(), newNodeOf(), newNodeOf()];
    await zone.askOk(first, address);
    const { hostname } = await zone.askOk(second, address);
    await zone.cron();
    expect(await zone.records()).toMatchObject([A(hostname, address)]);
    expect(await zone.records()).toHaveLength(1);
    await zone.register(second);
    expect(await codeOf(zone.ask(third, address))).toBe('node_name_held');
  });

  it('does not get a name that a person has made records for, and leaves those alone', async () => {
    const node = newNodeOf();
    const record = { ...A(`${node.id}.${zone.domain}`, newAddress()), comment: 'The shop' };
    await zone.add(record);
    expect(await codeOf(zone.ask(node, newAddress()))).toBe('node_name_foreign');
    expect(await zone.records()).toMatchObject([record]);
    await zone.age(record.name, 3600);
    await zone.cron();
    expect(await zone.records()).toMatchObject([record]);
  });
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
    expect(await zone.records()).toMatchObject([A(hostname, address)]);
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
    await zone.add(A(`${node.id}.${zone.domain}`, address));
    await zone.askOk(node, address);
    await zone.add({ ...A(`${moved.id}.${zone.domain}`, newAddress()), proxied: true, ttl: 1 });
    await zone.add(A(`${moved.id}.${zone.domain}`, newAddress()));
    const { hostname } = await zone.askOk(moved, next);
    expect((await zone.records()).filter(({ name }) => name === hostname)).toMatchObject([A(hostname, next)]);
    expect(await zone.records()).toHaveLength(2);
  });
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
    expect(await zone.records()).toMatchObject([A(hostname, address)]);
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
    const foreign = { ...A(`www.${zone.domain}`, newAddress()), comment: null };
    const otherPlatform = { ...A(`x.${zone.domain}`, newAddress()), comment: 'Nearcade node of other.test' };
    await zone.add(A(lost, newAddress()));
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

it('many nodes that ask at a time each get their own, and one that asks from many places one record', async () => {
  const nodes = Array.from({ length: 12 }, () => ({ node: newNodeOf(), address: newAddress() }));
  const names = await Promise.all(nodes.map(({ node, address }) => zone.askOk(node, address)));
  const records = await zone.records();
  for (const [index, { hostname }] of names.entries()) {
    expect(records.filter(({ name }) => name === hostname)).toMatchObject([
      A(hostname, nodes[index]?.address ?? ''),
    ]);
  }
  const id = newNodeOf().id;
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => zone.ask({ id, bootId: crypto.randomUUID() }, newAddress())),
  );
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  await zone.cron();
  expect((await zone.records()).filter(({ name }) => name.startsWith(`${id}.`))).toHaveLength(1);
});
