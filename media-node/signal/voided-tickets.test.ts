import { describe, expect, it } from 'vitest';
import { VoidedTickets } from './voided-tickets.ts';

const NOW = Date.UTC(2030, 0, 1);
const claims = (
  iat: number,
  change: { sessionId?: string; role?: 'player' | 'spectator'; seat?: number | null; seating?: number } = {},
) => ({
  sub: 'ada',
  sessionId: 's1',
  role: 'player' as const,
  seat: 1,
  iat: NOW / 1000 + iat,
  ...change,
});

describe('voided tickets', () => {
  it('are those of that user from before the order', () => {
    const voided = new VoidedTickets(() => NOW);
    voided.add('ada', NOW, null);
    expect(() => voided.check(claims(-1))).toThrow('Your place was changed');
    expect(() => voided.check(claims(0))).toThrow();
    expect(() => voided.check(claims(1))).not.toThrow();
    expect(() => voided.check({ ...claims(-1), sub: 'eve' })).not.toThrow();
  });

  it('of one session leave the others good', () => {
    const voided = new VoidedTickets(() => NOW);
    voided.add('ada', NOW, 's1');
    expect(() => voided.check(claims(0, { sessionId: 's2' }))).not.toThrow();
    expect(() => voided.check(claims(0))).toThrow();
  });

  it('leave those to the new place good, also of the same second', () => {
    const voided = new VoidedTickets(() => NOW);
    voided.add('ada', NOW, 's1', { role: 'spectator', seat: null, seating: 4 });
    expect(() => voided.check(claims(0, { role: 'spectator', seat: null }))).not.toThrow();
    expect(() => voided.check(claims(0))).toThrow();
  });

  it('of an older seating are worth nothing, whatever the clocks say, and newer ones are good', () => {
    const voided = new VoidedTickets(() => NOW);
    voided.add('ada', NOW, 's1', { role: 'player', seat: 2, seating: 4 });
    expect(() => voided.check(claims(5, { seat: 2, seating: 3 }))).toThrow('Your place was changed');
    expect(() => voided.check(claims(-5, { seat: 2, seating: 4 }))).not.toThrow();
    expect(() => voided.check(claims(-5, { seat: 3, seating: 5 }))).not.toThrow();
  });
});
