import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ALL_FORMATS, BlobSource, EncodedPacketSink, Input } from 'mediabunny';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordResponseSchema, type ServerMessage } from '#shared/signal.ts';
import { descendants } from '../test/processes.ts';
import { arrive, phase, type SessionClaims, sessionOfEpoch, until } from '../test/stage.ts';
import { TestEdge } from '../test/test-edge.ts';
import { TestNode } from '../test/test-node.ts';
import type { TestPlayer } from '../test/test-player.ts';

let edge: TestEdge;
let node: TestNode;
let session: SessionClaims;
let host: TestPlayer;

beforeAll(async () => {
  edge = await TestEdge.open();
  node = await TestNode.open({ edge });
  session = sessionOfEpoch(1);
  host = await arrive(edge, session);
  await phase(host, 'playing');
});

afterAll(async () => {
  await node?.close();
  await edge?.close();
});

type Told = Extract<ServerMessage, { type: 'recording' }>;

const told = (player: TestPlayer, by: string | null): Promise<Told> =>
  player.waitFor((message): message is Told => message.type === 'recording' && message.by === by);

const recorderPid = () =>
  descendants(node.pid).find(({ pid }) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('recorder-main.ts'),
  )?.pid;

async function record(on: boolean): Promise<string> {
  const response = await host.request({ type: 'record', on });
  expect(response).toMatchObject({ ok: true });
  const { path } = recordResponseSchema.parse(response.ok ? response.data : {});
  return new URL(path ?? '/', edge.signalUrl.replace(/^ws/, 'http')).href;
}

const spectate = () => arrive(edge, { ...session, sub: randomUUID(), role: 'spectator', seat: null });

describe('recording a session', () => {
  it('is begun by the host alone, told to all by name and to who comes later, and gives a file that plays', async () => {
    const spectator = await spectate();
    await spectator.welcome();
    expect(await spectator.request({ type: 'record', on: true })).toMatchObject({
      ok: false,
      error: { code: 'forbidden' },
    });
    expect(spectator.messages.some(message => message.type === 'recording')).toBe(false);

    const url = await record(true);
    expect(await told(spectator, 'Ada')).toMatchObject({ since: expect.any(Number) });
    const late = await spectate();
    await told(late, 'Ada');
    expect(await host.request({ type: 'record', on: true })).toMatchObject({
      ok: false,
      error: { code: 'recording_running' },
    });
    expect((await fetch(url)).status).toBe(409);
    await sleep(2500);
    await record(false);
    await told(spectator, null);
    await until(async () => (await fetch(url, { method: 'HEAD' })).status === 200);

    const response = await fetch(url);
    expect(response.headers.get('content-type')).toBe('video/mp4');
    using input = new Input({ source: new BlobSource(await response.blob()), formats: ALL_FORMATS });
    const [video, audio] = await Promise.all([input.getPrimaryVideoTrack(), input.getPrimaryAudioTrack()]);
    expect(video).toMatchObject({ codec: 'avc' });
    expect(audio).toMatchObject({ codec: 'opus', numberOfChannels: 2, sampleRate: 48_000 });
    if (video === null || audio === null) throw new Error('a track is missing');
    expect(await video.computeDuration()).toBeGreaterThan(1);
    expect(await audio.computeDuration()).toBeGreaterThan(1);
    const first = await new EncodedPacketSink(video).getFirstPacket();
    expect(first).toMatchObject({ type: 'key' });
    const { packetCount } = await audio.computePacketStats();
    expect(packetCount).toBeGreaterThan(100);
    expect((await fetch(`${url}x`)).status).toBe(404);
    spectator.vanish();
    late.vanish();
  });

  it('that crashes is over for all, and the session does not notice', async () => {
    await record(true);
    await until(() => recorderPid() !== undefined);
    process.kill(recorderPid() ?? 0, 'SIGKILL');
    const before = host.messages.length;
    await until(() =>
      host.messages.slice(before - 1).some(message => message.type === 'recording' && message.by === null),
    );
    expect(host.closed).toBeUndefined();
    const again = await record(true);
    expect(again).toContain('/recordings/');
    await record(false);
  });

  it('is completed when the session ends', async () => {
    const url = await record(true);
    await sleep(1500);
    host.send({ type: 'quit' });
    await host.waitForClose();
    await until(async () => (await fetch(url, { method: 'HEAD' })).status === 200);
  });
});
