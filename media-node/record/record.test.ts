import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ALL_FORMATS, BlobSource, EncodedPacketSink, Input } from 'mediabunny';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BeginRecording } from '#shared/api/recordings.ts';
import type { ServerMessage } from '#shared/signal.ts';
import { KeysChannel } from '../test/keys-channel.ts';
import { descendants } from '../test/processes.ts';
import { arrive, phase, type SessionClaims, sessionOfEpoch, until } from '../test/stage.ts';
import { TestEdge } from '../test/test-edge.ts';
import { TestNode } from '../test/test-node.ts';
import type { TestPlayer } from '../test/test-player.ts';

const KEY_SPACE = 57; // evdev
const PRESSES = 20;

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

async function record(on: boolean): Promise<void> {
  expect(await host.request({ type: 'record', on })).toMatchObject({ ok: true });
}

/** The next recording that is up. */
async function nextUp(): Promise<BeginRecording> {
  const before = edge.recordings.complete.length;
  await until(() => edge.recordings.complete.length > before);
  return edge.recordings.complete[before] as BeginRecording;
}

const files = () => readdirSync(join(node.dir, 'data/recordings'));

/** Has the host record, until there is something to see. */
async function film(): Promise<void> {
  const begun = () => node.log.filter(({ msg }) => msg === 'a recording has begun').length;
  const before = begun();
  await record(true);
  await until(() => begun() > before);
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

    await record(true);
    expect(await told(spectator, 'Ada')).toMatchObject({ since: expect.any(Number) });
    const late = await spectate();
    await told(late, 'Ada');
    expect(await host.request({ type: 'record', on: true })).toMatchObject({
      ok: false,
      error: { code: 'recording_running' },
    });
    const keys = await KeysChannel.open(host);
    for (let press = 0; press < PRESSES; press++) {
      keys.send({ kind: 'key', code: KEY_SPACE, down: true });
      await sleep(60);
      keys.send({ kind: 'key', code: KEY_SPACE, down: false });
      await sleep(60);
    }
    await keys.close();
    const up = nextUp();
    await record(false);
    await told(spectator, null);
    const whole = await up;
    expect(whole).toMatchObject({
      ...{ userId: session.sub, sessionId: session.sessionId },
      mediaType: 'video/mp4',
    });
    expect(whole.seconds).toBeGreaterThan(1);

    const bytes = (await edge.recordings.bytesOf(whole)) ?? Buffer.of();
    const source = new BlobSource(new Blob([new Uint8Array(bytes)]));
    using input = new Input({ source, formats: ALL_FORMATS });
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
    // What is sent twice against lost tails is no loss: the picture would stand still from there to the next key frame.
    const { losses } = await node.waitForLog(({ msg }) => msg === 'recording ended');
    expect(losses).toBeLessThan(PRESSES / 5);
    await until(() => files().length === 0);
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
    await record(true);
    await record(false);
  });

  it('that is not up when the node is killed is put up by its next start; one that was not complete is gone', async () => {
    edge.saves.store.cutAfter = 0;
    await film();
    await record(false);
    await until(() => files().some(name => name.endsWith('.json')));
    await film();
    node.signal('SIGKILL');
    edge.saves.store.cutAfter = null;
    const up = nextUp();
    node = await node.again();
    expect((await up).sessionId).toBe(session.sessionId);
    await until(() => files().length === 0);
    session = sessionOfEpoch(2);
    host = await arrive(edge, session);
    await phase(host, 'playing');
  });

  it('is completed and put up when the session ends', async () => {
    await film();
    const up = nextUp();
    host.send({ type: 'quit' });
    await host.waitForClose();
    expect((await up).userId).toBe(session.sub);
  });
});
