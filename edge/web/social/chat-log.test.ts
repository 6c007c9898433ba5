import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '#shared/api/chat.ts';
import type { LiveEvent } from '#shared/live.ts';
import type { ApiClient } from '../api/client.ts';
import { ChatLog } from './chat-log.ts';

const PARTY = '01900000-0000-7000-8000-000000000001';
const BEN = { id: '01900000-0000-7000-8000-000000000002', displayName: 'Ben' };

const idOf = (seq: number) => `01900000-0000-7000-8000-0000000001${String(seq).padStart(2, '0')}`;
const message = (seq: number): ChatMessage => ({
  id: idOf(seq),
  seq,
  state: 'shown',
  from: BEN,
  text: `message ${seq}`,
  at: '2026-01-01T00:00:00.000Z',
});

/** A chat as the platform answers it, and a live socket that brings what the test says. */
function stage(count: number) {
  const written = Array.from({ length: count }, (_, index) => message(index + 1));
  const handlers = new Map<string, Set<(event: never) => void>>();
  const fresh = new Set<() => void>();
  let reads = 0;
  const call = async (
    spec: { method: string },
    input: { query?: { after?: number; cursor?: string; limit?: number } },
  ) => {
    if (spec.method === 'post') {
      written.push(message(written.length + 1));
      return written.at(-1);
    }
    reads++;
    const { after = 0, cursor, limit = 50 } = input.query ?? {};
    const found = written
      .filter(({ seq }) => seq > after && seq < Number(cursor ?? Number.POSITIVE_INFINITY))
      .reverse();
    const items = found.slice(0, limit);
    return { items, nextCursor: found.length > limit ? String(items.at(-1)?.seq) : null };
  };
  const live = {
    on: (type: string, handler: (event: never) => void) => {
      const set = handlers.get(type) ?? new Set();
      handlers.set(type, set.add(handler));
      return () => void set.delete(handler);
    },
    onFresh: (handler: () => void) => {
      fresh.add(handler);
      return () => void fresh.delete(handler);
    },
  };
  const chat = new ChatLog({ call } as unknown as Pick<ApiClient, 'call'>, live, 'party', PARTY);
  const bring = (event: LiveEvent) => {
    for (const handler of handlers.get(event.type) ?? []) handler(event as never);
  };
  const arrive = (seq: number, scopeId = PARTY) => {
    const { id: messageId, from, text, at } = message(seq);
    bring({
      type: 'chat_message',
      scope: 'party',
      scopeId,
      messageId,
      seq,
      from: from ?? BEN,
      text: text ?? '',
      at,
    });
  };
  const seqs = () => chat.messages.value.map(({ seq }) => seq);
  const write = (...more: number[]) => written.push(...more.map(message));
  return {
    chat,
    arrive,
    bring,
    seqs,
    write,
    fresh,
    reads: () => reads,
    listeners: () => [...handlers.values()].flatMap(set => [...set]).length + fresh.size,
  };
}

const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('a chat', () => {
  it('shows what comes, in order and once', async () => {
    const { chat, arrive, seqs, write, reads } = stage(2);
    await chat.load();
    write(3);
    arrive(3);
    arrive(3);
    arrive(2);
    expect(seqs()).toEqual([1, 2, 3]);
    expect(reads()).toBe(1);
  });

  it('reads what it has missed before it goes on', async () => {
    const { chat, arrive, seqs, write } = stage(1);
    await chat.load();
    write(2, 3, 4);
    arrive(4);
    await expect.poll(seqs).toEqual([1, 2, 3, 4]);
  });

  it('begins anew at the end when more was missed than a page holds', async () => {
    const { chat, arrive, seqs, write } = stage(1);
    await chat.load();
    write(...upTo(90, 2));
    arrive(90);
    await expect.poll(seqs).toEqual(upTo(90, 41));
    await chat.loadEarlier();
    expect(seqs()).toEqual(upTo(90));
    expect(chat.earlier.value).toBeNull();
  });

  it('reads again when events may have been missed', async () => {
    const { chat, fresh, seqs, write } = stage(1);
    await chat.load();
    write(2);
    for (const handler of fresh) handler();
    await expect.poll(seqs).toEqual([1, 2]);
  });

  it('shows what was sent once, whether its event or its answer comes first', async () => {
    const { chat, arrive, seqs } = stage(0);
    await chat.load();
    const sent = chat.send('Hello');
    arrive(1);
    await sent;
    expect(seqs()).toEqual([1]);
    await chat.send('Hello');
    arrive(2);
    expect(seqs()).toEqual([1, 2]);
  });

  it('heeds only its own scope, blanks what is deleted, and stops listening', async () => {
    const { chat, arrive, bring, seqs, listeners } = stage(1);
    await chat.load();
    arrive(2, '01900000-0000-7000-8000-000000000009');
    expect(seqs()).toEqual([1]);
    bring({ type: 'chat_deleted', scope: 'party', scopeId: PARTY, messageId: idOf(1), seq: 1 });
    expect(chat.messages.value).toMatchObject([{ seq: 1, state: 'deleted', text: null }]);
    chat.close();
    expect(listeners()).toBe(0);
  });
});
