import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { RoundTrips } from './round-trips.ts';

const servers: WebSocketServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A node that answers each ping after `delayMs`, or never. */
async function node(delayMs: number | null): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  servers.push(server);
  await new Promise(resolve => server.once('listening', resolve));
  server.on('connection', socket =>
    socket.on('message', data => {
      const { type, sentAt } = JSON.parse(String(data));
      if (delayMs === null || type !== 'ping') return socket.close();
      setTimeout(() => socket.send(JSON.stringify({ type: 'pong', sentAt })), delayMs);
    }),
  );
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The part of Web Storage that is used. */
function newStorage(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as Storage;
}

describe('round trips', () => {
  it('are measured to each region, and left out where nobody answers', async () => {
    const slow = await node(120);
    const regions = [
      { region: 'near', probes: [slow, await node(0)] },
      { region: 'far', probes: [slow] },
      { region: 'silent', probes: [await node(null)] },
      { region: 'gone', probes: ['ws://127.0.0.1:1'] },
    ];
    let asked = 0;
    let now = 1_000_000;
    const roundTrips = new RoundTrips({
      storage: newStorage(),
      now: () => now,
      regions: async () => {
        asked += 1;
        return regions;
      },
    });
    expect(roundTrips.known()).toBeUndefined();
    await Promise.all([roundTrips.measure(), roundTrips.measure()]);
    const rtts = roundTrips.known();
    expect(Object.keys(rtts ?? {}).sort()).toEqual(['far', 'near']);
    expect(rtts?.far).toBeGreaterThan(rtts?.near ?? Infinity);
    await roundTrips.measure();
    expect(asked).toBe(1);
    now += 3_600_000;
    expect(roundTrips.known()).toBeUndefined();
    await roundTrips.measure();
    expect(asked).toBe(2);
    roundTrips.forget();
    expect(roundTrips.known()).toBeUndefined();
  });

  it('do not stand in the way when the platform cannot be asked, or the store holds nonsense', async () => {
    const storage = newStorage();
    storage.setItem('nearcade:round-trips', '{"at": "yesterday"}');
    const regions = () => Promise.reject(new Error('offline'));
    const roundTrips = new RoundTrips({ storage, regions, now: () => 0 });
    await roundTrips.measure();
    expect(roundTrips.known()).toBeUndefined();
  });
});
