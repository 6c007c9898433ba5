import { AsyncLocalStorage } from 'node:async_hooks';
import { vi } from 'vitest';
import { bindings } from './platform.ts';

/** How many requests `run` makes to Postgres, itself or by what it calls; alarms of earlier tests' Durable Objects ask it too. */
export async function roundTrips(run: () => Promise<unknown>): Promise<number> {
  const inside = new AsyncLocalStorage<true>();
  const real = globalThis.fetch;
  let count = 0;
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    if (inside.getStore() && String(input) === bindings.NEON_FETCH_ENDPOINT) count++;
    return real(input, init);
  });
  try {
    await inside.run(true, run);
    return count;
  } finally {
    spy.mockRestore();
  }
}
