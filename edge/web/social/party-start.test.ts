import { signal } from '@preact/signals';
import { describe, expect, it } from 'vitest';
import type { Entry } from '#shared/api/play.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Route } from '../app/router.ts';
import { PartyStart } from './party-start.ts';

/** A party whose game costs five credits, and opens after so many requests of those who do not pay. */
function stage(opensAfter: number) {
  const asked: number[] = [];
  const entry = { kind: 'queued', session: { id: 'the-session' } } as Entry;
  const went: Route[] = [];
  const start = new PartyStart({
    api: {
      async enterParty(_, maxPrice) {
        asked.push(maxPrice);
        if (maxPrice >= 5 || asked.length > opensAfter) return entry;
        throw new NearcadeError('price_changed');
      },
    },
    desk: { leave: () => {} },
    router: { route: signal<Route>({ page: 'library' }), go: route => went.push(route) },
    wait: async () => {},
  });
  return { start, asked, went };
}

describe('the start of a party', () => {
  it('has nobody pay who has not agreed to: they wait for who has', async () => {
    const { start, asked, went } = stage(3);
    start.enter('party');
    await expect.poll(() => went).toEqual([{ page: 'play', sessionId: 'the-session' }]);
    expect(asked).toEqual([0, 0, 0, 0]);
  });

  it('has who started it pay what they have agreed to', async () => {
    const { start, asked, went } = stage(Number.POSITIVE_INFINITY);
    start.agree('party', 5);
    start.enter('party');
    await expect.poll(() => went.length).toBe(1);
    expect(asked).toEqual([5]);
  });

  it('is given up when nobody comes who pays', async () => {
    const { start, asked } = stage(Number.POSITIVE_INFINITY);
    start.agree('another party', 5);
    start.enter('party');
    await expect.poll(() => start.error.value?.code).toBe('price_changed');
    expect(asked).toHaveLength(10);
  });
});
