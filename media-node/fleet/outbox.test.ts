import { randomUUID } from 'node:crypto';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MAX_EVENTS_PER_REQUEST, type NodeEvent } from '#shared/api/fleet.ts';
import { createLog } from '../log.ts';
import { Outbox } from './outbox.ts';

const log = createLog('silent', {});
const event = (seq: number): NodeEvent => ({
  type: 'session_playing',
  id: randomUUID(),
  sessionId: randomUUID(),
  epoch: 1,
  seq,
  at: new Date(0).toISOString(),
});

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nearcade-outbox-'));
  path = join(dir, 'data', 'outbox.jsonl');
});
afterEach(() => rm(dir, { recursive: true }));

const refuse = () => Promise.reject(new Error('the edge is down'));

it('delivers in order, in batches', async () => {
  const batches: number[][] = [];
  const outbox = await Outbox.open({
    path,
    log,
    send: async events => {
      batches.push(events.map(({ seq }) => seq));
    },
  });
  const count = MAX_EVENTS_PER_REQUEST + 50;
  for (let seq = 1; seq <= count; seq++) outbox.add(event(seq));
  await outbox.flush(5000);
  await outbox.close();
  expect(batches.flat()).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  expect(Math.max(...batches.map(batch => batch.length))).toBeLessThanOrEqual(MAX_EVENTS_PER_REQUEST);
});

it('keeps what was not taken over a restart, also after a crash in the middle of a line', async () => {
  const first = await Outbox.open({ path, log, send: refuse });
  const events = [event(1), event(2)];
  for (const one of events) first.add(one);
  await first.close();
  await appendFile(path, '{"type":"session_en');

  const got: NodeEvent[] = [];
  const second = await Outbox.open({ path, log, send: async taken => void got.push(...taken) });
  await second.flush(5000);
  await second.close();
  expect(got).toEqual(events);

  const third = await Outbox.open({ path, log, send: refuse });
  expect(third.size).toBe(0);
  await third.close();
});

it('tries again until the edge takes them', async () => {
  let attempts = 0;
  const outbox = await Outbox.open({
    path,
    log,
    random: () => 0,
    send: async () => {
      attempts += 1;
      if (attempts < 3) throw new Error('the edge is down');
    },
  });
  outbox.add(event(1));
  await outbox.flush(5000);
  expect(attempts).toBe(3);
  expect(outbox.size).toBe(0);
  await outbox.close();
});

it('keeps so many and no more while the edge is away for long, the newest, also over a restart', async () => {
  const most = 40;
  const outbox = await Outbox.open({ path, log, send: refuse, most });
  for (let seq = 1; seq <= 3 * most; seq++) outbox.add(event(seq));
  expect(outbox.size).toBe(most);
  await outbox.close();

  const got: number[] = [];
  const next = await Outbox.open({
    path,
    log,
    most,
    send: async taken => void got.push(...taken.map(({ seq }) => seq)),
  });
  await next.flush(5000);
  await next.close();
  expect(got).toEqual(Array.from({ length: most }, (_, index) => 2 * most + index + 1));
});
