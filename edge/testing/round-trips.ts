import { vi } from 'vitest';
import { bindings } from './platform.ts';

/** How many requests `run` makes to Postgres. Nothing else may ask it meanwhile. */
export async function roundTrips(run: () => Promise<unknown>): Promise<number> {
  const spy = vi.spyOn(globalThis, 'fetch');
  try {
    await run();
    return spy.mock.calls.filter(([input]) => String(input) === bindings.NEON_FETCH_ENDPOINT).length;
  } finally {
    spy.mockRestore();
  }
}
