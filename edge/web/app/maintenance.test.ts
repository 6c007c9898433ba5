import { expect, it } from 'vitest';
import type { LiveEvent } from '#shared/live.ts';
import { showMaintenance } from './maintenance.ts';
import { Notices } from './notices.ts';

/** A page whose platform answers `status`, once `answer` is called. */
function page(status: { maintenance: boolean; maintenanceText: string | null }) {
  const notices = new Notices();
  const handlers: Array<(event: never) => void> = [];
  const fresh: Array<() => void> = [];
  const waiting: Array<() => void> = [];
  const live = {
    on: (_type: string, handler: (event: never) => void) => {
      handlers.push(handler);
      return () => {};
    },
    onFresh: (handler: () => void) => {
      fresh.push(handler);
      return () => {};
    },
  };
  const fetcher = (async () => {
    await new Promise<void>(resolve => waiting.push(resolve));
    return Response.json(status);
  }) as typeof fetch;
  showMaintenance(live as never, notices, fetcher);
  return {
    texts: () => notices.shown.value.map(({ text }) => text),
    say: (event: LiveEvent) => {
      for (const handler of handlers) handler(event as never);
    },
    reconnect: () => {
      for (const handler of fresh) handler();
    },
    answer: async () => {
      await expect.poll(() => waiting.length).toBeGreaterThan(0);
      for (const resolve of waiting.splice(0)) resolve();
      await new Promise(resolve => setTimeout(resolve, 0));
    },
  };
}

it('is shown on a page that is loaded during maintenance, without anybody having signed in', async () => {
  const { answer, texts, say } = page({ maintenance: true, maintenanceText: 'Back at ten' });
  await answer();
  await expect.poll(texts).toEqual(['Back at ten']);
  say({ type: 'maintenance', on: false, text: null });
  expect(texts()).toEqual([]);
});

it('is asked for again after a loss, and an answer that is older than what was told does not count', async () => {
  const { answer, texts, say, reconnect } = page({ maintenance: true, maintenanceText: null });
  say({ type: 'maintenance', on: false, text: null });
  await answer();
  expect(texts()).toEqual([]);
  reconnect();
  await answer();
  await expect.poll(texts).toEqual([expect.stringContaining('maintained')]);
});
