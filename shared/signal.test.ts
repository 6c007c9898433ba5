import { describe, expect, it } from 'vitest';
import { type ServerMessage, serverMessageSchema } from './signal.ts';

describe('signalling messages', () => {
  const messages: ServerMessage[] = [
    { type: 'response', id: 1, ok: true, data: { consumers: [] } },
    { type: 'response', id: 2, ok: false, error: { code: 'forbidden', message: 'Spectators send no input' } },
    { type: 'phase', phase: 'playing' },
    { type: 'seats', seats: [{ seat: 1, displayName: 'Ada', connected: true }], spectators: 0 },
    { type: 'ended', reason: 'game_exited' },
    { type: 'refused', code: 'ticket_used', message: 'The ticket was used already' },
  ];

  it.each(messages)('reads $type', message => {
    expect(serverMessageSchema.parse(message)).toEqual(message);
  });

  it('refuses a failed response without its error', () => {
    expect(serverMessageSchema.safeParse({ type: 'response', id: 1, ok: false, data: {} }).success).toBe(
      false,
    );
  });
});
