import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf, heartbeat, newNode, problemOf, registerNode } from '#edge/testing/platform.ts';
import { aRecord, emptyZone, loseLease, newAddress, newNodeOf, TestZone } from '#edge/testing/zone.ts';

let zone: TestZone;
beforeEach(async () => {
  zone = await emptyZone();
});

describe('a node that asks for its name', () => {
  it('gets a record that leads to its address, by the platform’s name, and the same again when it asks again', async () => {
    const node = newNodeOf();
    const address = newAddress();
    const name = await zone.askOk(node, address);
    const hostname = `${node.id}.${zone.domain}`;
    expect(name).toEqual({ hostname, ageSeconds: expect.any(Number) });
    expect(await zone.records()).toMatchObject([aRecord(hostname, address)]);
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
    expect(await zone.records()).toMatchObject([aRecord(hostname, four)]);
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
    expect(await zone.records()).toMatchObject([aRecord(hostname, address)]);
    // The same machine, started again, while the lease of before holds.
    await zone.askOk(other, address);
    await zone.askOk(node, address);
    await zone.leave(registered);
    await expect.poll(() => zone.records()).toEqual([]);
    const next = newAddress();
    await zone.askOk(other, next);
    expect(await zone.records()).toMatchObject([aRecord(hostname, next)]);
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
    expect(await zone.records()).toMatchObject([aRecord(hostname, address)]);
    expect(await zone.records()).toHaveLength(1);
    await zone.register(second);
    expect(await codeOf(zone.ask(third, address))).toBe('node_name_held');
  });

  it('does not get a name that a person has made records for, and leaves those alone', async () => {
    const node = newNodeOf();
    const record = { ...aRecord(`${node.id}.${zone.domain}`, newAddress()), comment: 'The shop' };
    await zone.add(record);
    expect(await codeOf(zone.ask(node, newAddress()))).toBe('node_name_foreign');
    expect(await zone.records()).toMatchObject([record]);
    await zone.age(record.name, 3600);
    await zone.cron();
    expect(await zone.records()).toMatchObject([record]);
  });
});

it('many nodes that ask at a time each get their own, and one that asks from many places one record', async () => {
  const nodes = Array.from({ length: 12 }, () => ({ node: newNodeOf(), address: newAddress() }));
  const names = await Promise.all(nodes.map(({ node, address }) => zone.askOk(node, address)));
  const records = await zone.records();
  for (const [index, { hostname }] of names.entries()) {
    expect(records.filter(({ name }) => name === hostname)).toMatchObject([
      aRecord(hostname, nodes[index]?.address ?? ''),
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
