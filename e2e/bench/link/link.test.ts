import { type ChildProcess, spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Emulator } from './emulator.ts';
import { LinkNetwork, SERVER_ADDRESS } from './network.ts';
import type { LinkConditions } from './profiles.ts';

/** Echoes each datagram's first 8 bytes. */
const ECHO = `
const socket = require('node:dgram').createSocket('udp4');
socket.on('message', (m, from) => socket.send(m.subarray(0, 8), from.port, from.address));
socket.bind(7007, '${SERVER_ADDRESS}', () => console.log('ready'));`;

/** Sends argv[1] datagrams of argv[2] bytes, argv[3] ms apart (0: all at once); prints the answers' order and times. */
const PING = `
const [count, size, gap] = process.argv.slice(1).map(Number);
const socket = require('node:dgram').createSocket('udp4');
const sent = [], answers = [];
socket.on('message', m => answers.push([m.readUInt32LE(0), performance.now()]));
const send = i => {
  const m = Buffer.alloc(size);
  m.writeUInt32LE(i, 0);
  sent[i] = performance.now();
  socket.send(m, 7007, '${SERVER_ADDRESS}');
  if (i + 1 < count) gap === 0 ? setImmediate(send, i + 1) : setTimeout(send, gap, i + 1);
  else setTimeout(() => {
    console.log(JSON.stringify({ order: answers.map(a => a[0]), roundTripMs: answers.map(([i, t]) => t - sent[i]) }));
    process.exit();
  }, 700);
};
send(0);`;

const pingResult = z.object({ order: z.array(z.number()), roundTripMs: z.array(z.number()) });
const UNLIMITED: LinkConditions = { delayMs: 0, jitterMs: 0, loss: 0, rateMbit: 0, queueMs: 0 };

describe.runIf(process.getuid?.() === 0)('the emulated link', () => {
  let network: LinkNetwork;
  let echo: ChildProcess;

  beforeAll(async () => {
    network = await LinkNetwork.create();
    echo = inNamespace(network.server, ECHO);
    await firstLine(echo);
  });

  afterAll(async () => {
    echo.kill();
    await network.close();
  });

  function inNamespace(namespace: string, script: string, ...args: number[]): ChildProcess {
    const command = [`--net=/run/netns/${namespace}`, process.execPath, '-e', script, ...args.map(String)];
    return spawn('nsenter', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  async function ping(conditions: LinkConditions, count: number, size: number, gapMs: number) {
    const emulator = await Emulator.start(network.emulator, conditions, 1);
    const answer = await firstLine(inNamespace(network.client, PING, count, size, gapMs));
    const counts = await emulator.stop();
    return { ...pingResult.parse(JSON.parse(answer)), counts };
  }

  it('carries everything when no condition is set', async () => {
    const { order } = await ping(UNLIMITED, 100, 64, 1);
    expect(order).toHaveLength(100);
  });

  it('delays both ways and keeps the order in spite of jitter', async () => {
    const { order, roundTripMs } = await ping({ ...UNLIMITED, delayMs: 20, jitterMs: 6 }, 200, 64, 1);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(Math.min(...roundTripMs)).toBeGreaterThanOrEqual(40);
    const spread = Math.max(...roundTripMs) - Math.min(...roundTripMs);
    expect(spread).toBeGreaterThan(2);
  });

  it('loses the part that was asked for, the same packets each time', async () => {
    const lossy = { ...UNLIMITED, loss: 0.1 };
    const first = await ping(lossy, 1000, 64, 1);
    // Both ways: 1 - 0.9^2 = 19% of 1000, standard deviation 12; five of them each side.
    expect(first.order.length).toBeGreaterThan(748);
    expect(first.order.length).toBeLessThan(872);
    const second = await ping(lossy, 1000, 64, 1);
    expect(second.order).toEqual(first.order);
  });

  it('limits the rate and drops what its queue has no room for', async () => {
    // 1000 datagrams of 1042 bytes with headers, all at once, into 125 ms at 1 MB/s: about 120 fit.
    const narrow = { ...UNLIMITED, rateMbit: 8, queueMs: 125 };
    const { order, roundTripMs, counts } = await ping(narrow, 1000, 1000, 0);
    expect(counts.rightToLeft.queueFull).toBe(1000 - order.length);
    expect(order.length).toBeGreaterThan(110);
    expect(order.length).toBeLessThan(500);
    // The last that got in waited for nearly a whole queue to leave.
    expect(Math.max(...roundTripMs)).toBeGreaterThan(100);
  });

  it('takes other conditions while it runs', async () => {
    const emulator = await Emulator.start(network.emulator, UNLIMITED, 1);
    const fast = await firstLine(inNamespace(network.client, PING, 20, 64, 5));
    emulator.set({ ...UNLIMITED, delayMs: 30 });
    emulator.set({ ...UNLIMITED, delayMs: 20 });
    const slow = await firstLine(inNamespace(network.client, PING, 20, 64, 5));
    await emulator.stop();
    expect(Math.min(...pingResult.parse(JSON.parse(fast)).roundTripMs)).toBeLessThan(20);
    expect(Math.min(...pingResult.parse(JSON.parse(slow)).roundTripMs)).toBeGreaterThanOrEqual(40);
    expect(Math.min(...pingResult.parse(JSON.parse(slow)).roundTripMs)).toBeLessThan(60);
  });

  it('leaves no namespace behind', async () => {
    await network.close();
    await network.close();
    const left = await readdir('/run/netns');
    expect(left.filter(name => name.includes(`ncbench${process.pid}-`))).toEqual([]);
  });
});

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no standard output');
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('it ended without a word');
}
