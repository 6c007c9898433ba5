import { afterAll, beforeAll, expect, it } from 'vitest';
import { arrive, phase, sessionOfEpoch, until } from '../test/stage.ts';
import { TestEdge } from '../test/test-edge.ts';
import { TestNode } from '../test/test-node.ts';
import { FIGURES } from './instruments.ts';

let edge: TestEdge;
let node: TestNode;
let base: string;

beforeAll(async () => {
  edge = await TestEdge.open();
  node = await TestNode.open({ edge, slots: 2 });
  const { port } = await node.waitForLog(line => line.msg === 'figures and health are served');
  base = `http://127.0.0.1:${port}`;
});

afterAll(async () => {
  await node?.close();
  await edge?.close();
});

const get = async (path: string) => {
  const response = await fetch(base + path);
  return { status: response.status, text: await response.text() };
};

/** The value of a series, e.g. `nearcade_slots{state="free"}`. */
async function value(series: string): Promise<number> {
  const { text } = await get('/metrics');
  const line = text.split('\n').find(found => found.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? Number.NaN);
}

it('tells what plays, in the text format of Prometheus, with a bounded set of labels', async () => {
  expect(await value('nearcade_slots{state="free"}')).toBe(2);
  const session = sessionOfEpoch(1);
  const player = await arrive(edge, session);
  await phase(player, 'playing');
  expect(await value('nearcade_slots{state="playing"}')).toBe(1);
  expect(await value('nearcade_session_players{slot="0"}')).toBe(1);
  let fps = Number.NaN;
  await until(() => {
    void value('nearcade_session_frames_per_second{slot="0"}').then(now => {
      fps = now;
    });
    return fps > 0;
  });
  expect(await value('nearcade_edge_reachable')).toBe(1);
  expect(await value('nearcade_slot_cpu_cores{slot="0"}')).toBeGreaterThanOrEqual(0);
  expect(await value('nearcade_process_resident_bytes')).toBeGreaterThan(1e7);
  expect(await value('nearcade_stream_restarts_total{slot="0"}')).toBe(0);

  const { text } = await get('/metrics');
  for (const { name } of FIGURES) expect(text).toMatch(new RegExp(`^# TYPE ${name}(_total)? `, 'm'));
  for (const labels of text.match(/\{[^}]*\}/g) ?? []) {
    expect(labels).toMatch(/^\{((slot="\d+"|state="[a-z]+"|quantile="[\d.]+"),?)+\}$/);
  }
  expect(text).not.toContain(session.sessionId);
  player.send({ type: 'quit' });
  await player.waitForClose();
});

it('answers whether it lives and takes sessions; other paths are not found', async () => {
  expect(await get('/livez')).toMatchObject({ status: 200 });
  expect(await get('/readyz')).toMatchObject({ status: 200 });
  expect(await get('/secrets')).toMatchObject({ status: 404 });
  expect((await fetch(`${base}/metrics`, { method: 'POST' })).status).toBe(404);
});

it('stays ready while the edge is away, and says so; it is not ready once it drains', async () => {
  edge.down = true;
  let text = '';
  await until(() => {
    void get('/readyz').then(answer => {
      text = answer.status === 200 ? answer.text : '';
    });
    return text.includes('"edgeReachable":false');
  });
  expect(await value('nearcade_edge_reachable')).toBe(0);
  edge.down = false;
  const player = await arrive(edge, { ...sessionOfEpoch(2), slot: 1 });
  await phase(player, 'playing');
  node.signal('SIGTERM');
  await player.waitFor(message => message.type === 'draining');
  expect(await get('/readyz')).toMatchObject({ status: 503 });
  expect(await value('nearcade_draining')).toBe(1);
  expect(await get('/livez')).toMatchObject({ status: 200 });
});
