import { describe, expect, it } from 'vitest';
import type { LiveEvent, LiveEventType } from '#shared/live.ts';
import type { LiveClient } from '../live/live-client.ts';
import type { SessionNews } from './play-state.ts';
import { followSession } from './session-news.ts';

const sessionId = '6f9619ff-8b86-4d01-b42d-00c04fc964ff';
const elsewhere = '0f9619ff-8b86-4d01-b42d-00c04fc964ff';
const signInId = '1f9619ff-8b86-4d01-b42d-00c04fc964ff';

function follow() {
  const handlers = new Map<LiveEventType, (event: never) => void>();
  const live: Pick<LiveClient, 'on'> = {
    on(type, handler) {
      handlers.set(type, handler as (event: never) => void);
      return () => handlers.delete(type);
    },
  };
  const told: SessionNews[] = [];
  const stop = followSession(live, { signInId }, sessionId, news => told.push(news));
  const say = (event: LiveEvent) => handlers.get(event.type)?.(event as never);
  return { told, say, stop };
}

describe('what the live socket says of a session', () => {
  it('is handed on, for that session alone', () => {
    const { told, say } = follow();
    for (const id of [elsewhere, sessionId]) {
      say({ type: 'queue_position', sessionId: id, position: 2, waitSeconds: null, paused: false });
      say({ type: 'session_ready', sessionId: id });
      say({ type: 'session_changed', sessionId: id, state: 'playing', endReason: null });
      say({ type: 'session_changed', sessionId: id, state: 'failed', endReason: 'node_lost' });
    }
    expect(told).toEqual([
      { kind: 'moved', place: { position: 2, waitSeconds: null, paused: false } },
      { kind: 'ready' },
      { kind: 'over', reason: 'node_lost' },
    ]);
  });

  it('is about another device only when that is another one', () => {
    const { told, say } = follow();
    say({ type: 'session_taken_over', sessionId, signInId });
    expect(told).toEqual([]);
    say({ type: 'session_taken_over', sessionId, signInId: elsewhere });
    expect(told).toEqual([{ kind: 'elsewhere' }]);
  });

  it('is not heard any more after the stop', () => {
    const { told, say, stop } = follow();
    stop();
    say({ type: 'session_ready', sessionId });
    expect(told).toEqual([]);
  });
});
