import { expect, it } from 'vitest';
import { Batch, MESSAGE_BYTES } from './batch.ts';
import { type JournalEntry, parseEntry } from './journal.ts';

const HOUR_MS = 3_600_000;

const entry = (over: Partial<JournalEntry> = {}): JournalEntry => ({
  cursor: 'c',
  timestamp: 1_000_000,
  source: 'caddy.service',
  priority: 6,
  message: 'hello',
  ...over,
});

it('leaves JSON as it is, and makes the rest JSON that says who wrote it', () => {
  const batch = new Batch();
  batch.add(entry({ message: '{"msg":"node is up"}' }));
  batch.add(entry());
  expect(batch.events.map(event => JSON.parse(event.message))).toEqual([
    { msg: 'node is up' },
    { source: 'caddy.service', priority: 6, msg: 'hello' },
  ]);
});

it('has its events in the order of their times, and its cursor in the order of the journal', () => {
  const batch = new Batch();
  for (const timestamp of [300, 100, 200]) batch.add(entry({ timestamp, cursor: `at ${timestamp}` }));
  expect(batch.events.map(({ timestamp }) => timestamp)).toEqual([100, 200, 300]);
  expect(batch.cursor).toBe('at 200');
});

it.each<[string, (n: number) => JournalEntry, number]>([
  ['bytes', () => entry({ message: 'x'.repeat(100_000) }), 10],
  ['events', () => entry(), 10_000],
  ['hours', n => entry({ timestamp: n * HOUR_MS }), 24],
])('takes no more %s than one request may hold', (_, make, most) => {
  const batch = new Batch();
  let taken = 0;
  while (batch.add(make(taken))) taken++;
  expect(taken).toBe(most);
  expect(batch.events).toHaveLength(most);
});

it('cuts what is too long for one event, and says so', () => {
  const batch = new Batch();
  // Each of them takes six bytes in JSON.
  expect(batch.add(entry({ message: '\u0001'.repeat(1_000_000) }))).toBe(true);
  const [event] = batch.events;
  expect(Buffer.byteLength(event?.message ?? '')).toBeLessThanOrEqual(MESSAGE_BYTES);
  expect(JSON.parse(event?.message ?? '')).toMatchObject({ cut: true, source: 'caddy.service' });
});

it.each<[string, object, Partial<JournalEntry> | undefined]>([
  ['bytes that are no text', { MESSAGE: [104, 105] }, { message: 'hi' }],
  ['a field that was there twice', { MESSAGE: ['a', 'b'] }, { message: 'a\nb' }],
  ['an empty message', { MESSAGE: null }, { message: '' }],
  [
    'what systemd says of a unit',
    { UNIT: 'x.service', _SYSTEMD_UNIT: 'init.scope' },
    { source: 'x.service' },
  ],
  ['the kernel', { SYSLOG_IDENTIFIER: 'kernel', PRIORITY: '3' }, { source: 'kernel', priority: 3 }],
  ['no cursor', { __CURSOR: undefined }, undefined],
])('reads an entry of the journal: %s', (_, fields, expected) => {
  const line = JSON.stringify({
    __CURSOR: 's=1',
    __REALTIME_TIMESTAMP: '1700000000123456',
    MESSAGE: 'm',
    ...fields,
  });
  const parsed = parseEntry(line);
  if (expected === undefined) expect(parsed).toBeUndefined();
  else expect(parsed).toMatchObject({ timestamp: 1_700_000_000_123, ...expected });
});

it('leaves out a line that is not whole', () => {
  expect(parseEntry('{"__CURSOR":"s=1')).toBeUndefined();
});
