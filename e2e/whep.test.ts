import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive, phase, type SessionClaims, sessionOfEpoch } from '#media-node/test/stage.ts';
import { TestEdge } from '#media-node/test/test-edge.ts';
import { TestNode } from '#media-node/test/test-node.ts';
import type { TestPlayer } from '#media-node/test/test-player.ts';
import { WHEP_TICKET, whepUrl } from '#shared/whep.ts';
import { readProbe } from '../games/probe/readout.ts';
import { launchBrowser } from './support/browser.ts';
import { grabPicture } from './support/picture.ts';
import { until } from './support/until.ts';

/** A WHEP client that is not ours (npm whip-whep, by the author of the draft) in Chromium, on a page of another origin, against a real node. */

const PAGE = `<!doctype html><video data-testid="player-video" autoplay muted playsinline></video>
<script type="module">
import { WHEPClient } from '/whep.js';
window.watch = async (url, token) => {
  const peer = (window.peer = new RTCPeerConnection());
  peer.addTransceiver('audio', { direction: 'recvonly' });
  peer.addTransceiver('video', { direction: 'recvonly' });
  const stream = new MediaStream();
  peer.ontrack = event => stream.addTrack(event.track);
  document.querySelector('video').srcObject = stream;
  window.client = new WHEPClient();
  await window.client.view(peer, url, token);
};
window.ready = true;
</script>`;

interface WhepPage {
  watch: (url: string, token: string) => Promise<void>;
  client: { restart: () => Promise<void>; stop: () => Promise<void>; etag?: string };
  peer: RTCPeerConnection;
  ready?: boolean;
}

let edge: TestEdge;
let node: TestNode;
let browser: Browser;
let site: Server;
let session: SessionClaims;
let host: TestPlayer;

beforeAll(async () => {
  edge = await TestEdge.open();
  node = await TestNode.open({ edge });
  session = sessionOfEpoch(1);
  host = await arrive(edge, session);
  await phase(host, 'playing');
  const client = await readFile(createRequire(import.meta.url).resolve('whip-whep/whep.js'));
  site = createServer((request, response) => {
    const isClient = request.url === '/whep.js';
    response.setHeader('content-type', isClient ? 'text/javascript' : 'text/html');
    response.end(isClient ? client : PAGE);
  });
  await new Promise<void>(resolve => site.listen(0, '127.0.0.1', resolve));
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  site?.close();
  await node?.close();
  await edge?.close();
});

async function watch(link: object = {}): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  await page.waitForFunction(() => (globalThis as unknown as WhepPage).ready === true);
  const token = await edge.whepToken({ ...session, sub: randomUUID(), aud: 'test-node', ...link });
  const url = whepUrl(edge.signalUrlOf('test-node'), session.sessionId);
  await page.evaluate(([at, by]) => (globalThis as unknown as WhepPage).watch(at, by), [url, token] as const);
  return page;
}

async function frameOf(page: Page): Promise<number> {
  let frame = 0;
  await until('the probe can be read', async () => {
    const picture = await grabPicture(page).catch(() => undefined);
    frame = (picture && readProbe(picture)?.frame) ?? 0;
    return frame > 0;
  });
  return frame;
}

async function packetsOf(page: Page): Promise<Record<string, number>> {
  return page.evaluate(async () => {
    const stats = await (globalThis as unknown as WhepPage).peer.getStats();
    const packets: Record<string, number> = {};
    for (const entry of stats.values()) {
      if (entry.type === 'inbound-rtp') packets[entry.kind] = entry.packetsReceived;
    }
    return packets;
  });
}

const watchedBy = (count: number) =>
  until(`${count} watch`, () => {
    const seats = host.messages.findLast(message => message.type === 'seats');
    return Promise.resolve(seats?.type === 'seats' && seats.spectators === count);
  });

describe('a standard player by WHEP', () => {
  it('shows picture and sound of a session, live, and goes on over an ICE restart', async () => {
    const page = await watch();
    const first = await frameOf(page);
    await until('the picture goes on', async () => (await frameOf(page)) > first);
    await until('there is sound', async () => ((await packetsOf(page)).audio ?? 0) > 0);

    await page.evaluate(() => (globalThis as unknown as WhepPage).client.restart());
    expect(await page.evaluate(() => (globalThis as unknown as WhepPage).client.etag)).toMatch(/^".+"$/);
    const restarted = await frameOf(page);
    await until('the picture goes on after the restart', async () => (await frameOf(page)) > restarted);

    await watchedBy(1);
    await page.evaluate(() => (globalThis as unknown as WhepPage).client.stop());
    await watchedBy(0);
    await page.close();
  });

  it('is sent on to a relay that is nearer, and shows the session from there', async () => {
    const { sessionId } = session;
    const relay = await TestNode.open({ edge, overrides: { nodeId: 'relay', uidBase: 67_000 } });
    try {
      edge.relayed.set(sessionId, { nodeId: 'test-node', epoch: 1, slot: 0 });
      edge.whepWay = async ({ userId: sub, player: whep }) => {
        const place = {
          sub,
          role: 'spectator',
          seat: null,
          aud: 'relay',
          origin: 'test-node',
          whep,
        } as const;
        const ticket = await edge.ticket({ ...session, ...place });
        return `${whepUrl(edge.signalUrlOf('relay'), sessionId)}?${WHEP_TICKET}=${ticket}`;
      };
      const page = await watch({ region: 'far' });
      const first = await frameOf(page);
      await until('the picture goes on', async () => (await frameOf(page)) > first);
      await until('there is sound', async () => ((await packetsOf(page)).audio ?? 0) > 0);
      await watchedBy(1);
      await page.evaluate(() => (globalThis as unknown as WhepPage).client.stop());
      await watchedBy(0);
      await page.close();
    } finally {
      await relay.close();
    }
  });

  it('stops with the session', async () => {
    const page = await watch();
    await frameOf(page);
    host.send({ type: 'quit' });
    await host.waitForClose();
    await page.waitForFunction(() =>
      ['disconnected', 'failed', 'closed'].includes((globalThis as unknown as WhepPage).peer.connectionState),
    );
    await page.close();
  });
});
