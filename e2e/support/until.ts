import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until the answer is true; says what was waited for when it never is. */
export async function until(
  what: string,
  isTrue: () => Promise<boolean> | boolean,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  while (performance.now() < deadline) {
    try {
      if (await isTrue()) return;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await sleep(100);
  }
  throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`, { cause: lastError });
}
