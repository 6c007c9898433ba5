import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive, phase, type SessionClaims, sessionOfEpoch } from '#media-node/test/stage.ts';
import { TestEdge } from '#media-node/test/test-edge.ts';
import { TestNode } from '#media-node/test/test-node.ts';
import { Crowd } from './bench/media/spectators.ts';
import { until } from './support/until.ts';

/** Synthetic spectators over two real nodes: RTP reaches all of them, straight and by the relay's encrypted pipe. */

let edge: TestEdge;
let origin: TestNode;
let relay: TestNode;
let session: SessionClaims;

beforeAll(async () => {
  edge = await TestEdge.open();
  origin = await TestNode.open({ edge, overrides: { nodeId: 'origin', workers: 3 } });
  relay = await TestNode.open({ edge, overrides: { nodeId: 'relay', uidBase: 68_000 } });
  session = sessionOfEpoch(1);
  edge.relayed.set(session.sessionId, { nodeId: 'origin', epoch: 1, slot: 0 });
  const host = await arrive(edge, { ...session, aud: 'origin' }, 'origin');
  await phase(host, 'playing');
});

afterAll(async () => {
  await relay?.close();
  await origin?.close();
  await edge?.close();
});

function crowd(count: number, aud: 'origin' | 'relay'): Promise<Crowd> {
  const place = {
    role: 'spectator',
    seat: null,
    aud,
    ...(aud === 'relay' ? { origin: 'origin' } : {}),
  } as const;
  return Crowd.open({
    count,
    ticket: async sub => ({
      ticket: await edge.ticket({ ...session, ...place, sub }),
      signalUrl: edge.signalUrlOf(aud),
    }),
  });
}

async function receives(watching: Crowd): Promise<void> {
  watching.reset();
  // The probe's sound alone is a hundred packets a second.
  await until('everybody gets the streams', () => watching.count.fewestPackets > 100);
  // Picture and sound. How much is lost on a busy machine is measured in e2e/bench.
  expect(watching.count.fewestStreams).toBeGreaterThanOrEqual(2);
}

describe('a crowd of spectators', () => {
  it('gets picture and sound without gaps, spread over workers', async () => {
    const watching = await crowd(30, 'origin');
    await receives(watching);
    expect(watching.count.spectators).toBe(30);
    watching.close();
  });

  it('gets them by a relay too', async () => {
    const watching = await crowd(5, 'relay');
    await receives(watching);
    watching.close();
  });
});
