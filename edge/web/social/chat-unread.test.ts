import { signal } from '@preact/signals';
import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '#shared/api/chat.ts';
import { ChatUnread } from './chat-unread.ts';

const ME = '01900000-0000-7000-8000-000000000001';
const BEN = '01900000-0000-7000-8000-000000000002';

const message = (seq: number, from = BEN, state: ChatMessage['state'] = 'shown'): ChatMessage => ({
  id: `01900000-0000-7000-8000-0000000001${String(seq).padStart(2, '0')}`,
  seq,
  state,
  from: { id: from, displayName: 'Somebody' },
  text: state === 'shown' ? `message ${seq}` : null,
  at: '2026-01-01T00:00:00.000Z',
});

/** A room's chat whose messages the test writes; a page load each `open`. */
function stage(history: ChatMessage[] = []) {
  const messages = signal<readonly ChatMessage[]>([]);
  const written = [...history];
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  const chat = {
    messages,
    load: async () => {
      messages.value = [...written];
    },
  };
  const open = () => new ChatUnread({ chat, me: ME, storage, key: 'room' });
  const write = (...more: ChatMessage[]) => written.push(...more);
  const arrive = async (...more: ChatMessage[]) => {
    write(...more);
    await chat.load();
  };
  const reload = () => {
    messages.value = [];
    return open();
  };
  return { open, reload, write, arrive };
}

const seqs = (unread: ChatUnread) => unread.unread.value.map(({ seq }) => seq);

describe('unread messages', () => {
  it('are what others write after one has come, not the history before', async () => {
    const { open, arrive } = stage([message(1), message(2)]);
    const unread = open();
    await unread.load();
    expect(seqs(unread)).toEqual([]);
    await arrive(message(3), message(4, ME), message(5, BEN, 'deleted'), message(6));
    expect(seqs(unread)).toEqual([3, 6]);
  });

  it('are none while one looks, and those that come afterwards', async () => {
    const { open, arrive } = stage();
    const unread = open();
    await unread.load();
    await arrive(message(1));
    unread.look(true);
    expect(seqs(unread)).toEqual([]);
    await arrive(message(2));
    expect(seqs(unread)).toEqual([]);
    unread.look(false);
    await arrive(message(3));
    expect(seqs(unread)).toEqual([3]);
  });

  it('are those that came while the connection or the page was gone', async () => {
    const { open, reload, write, arrive } = stage([message(1)]);
    const unread = open();
    await unread.load();
    write(message(2));
    await unread.load();
    expect(seqs(unread)).toEqual([2]);
    unread.look(true);
    unread.close();
    await arrive(message(3));
    const after = reload();
    await after.load();
    expect(seqs(after)).toEqual([3]);
  });

  it('count nothing before the chat was read', () => {
    const { open, write } = stage();
    write(message(1));
    expect(seqs(open())).toEqual([]);
  });
});
