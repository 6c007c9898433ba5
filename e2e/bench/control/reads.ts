import { accountsApi } from '#shared/api/accounts.ts';
import { Callers, type Load, summarize } from './load.ts';
import type { BenchPlayer } from './players.ts';
import type { RawWorker } from './worker.ts';

/** Requests that are not counted: the engine compiles what is hot, which takes it the longer the more there is, on the same two cores. */
const WARM_UP = 6000;
const COUNTED = 16_000;
/** One after the other on each of few connections: what a request costs, not how long a queue gets. */
const CALLERS = 8;
/** The two take turns, so that what else the machine does falls on both. */
const ROUNDS = 4;

export interface Reads {
  bare: Load;
  verified: Load;
  /** Time per request of the verified read over that of the bare route. */
  ratio: number;
}

/** A read whose token is verified and that asks no store, beside a bare Hono route. */
export async function measureReads(control: RawWorker, bare: RawWorker, player: BenchPlayer): Promise<Reads> {
  const verified = {
    callers: new Callers(control.url, CALLERS),
    path: accountsApi.whoami.path,
    times: [] as number[],
    seconds: 0,
  };
  const plain = { callers: new Callers(bare.url, CALLERS), path: '/read', times: [] as number[], seconds: 0 };
  const headers = { authorization: `Bearer ${player.token}` };
  try {
    for (const side of [plain, verified]) await ask(side.callers, side.path, headers, WARM_UP);
    for (let round = 0; round < ROUNDS; round++) {
      for (const side of [plain, verified]) {
        const begin = performance.now();
        side.times.push(...(await ask(side.callers, side.path, headers, COUNTED / ROUNDS)));
        side.seconds += (performance.now() - begin) / 1000;
      }
    }
  } finally {
    await Promise.all([plain.callers.close(), verified.callers.close()]);
  }
  const [a, b] = [plain, verified].map(({ times, seconds }) => summarize(times, seconds));
  if (a === undefined || b === undefined) throw new Error('two were measured');
  return { bare: a, verified: b, ratio: a.perSecond / b.perSecond };
}

async function ask(
  callers: Callers,
  path: string,
  headers: Record<string, string>,
  count: number,
): Promise<number[]> {
  const times: number[] = [];
  let left = count;
  await callers.run(
    async () => {
      left -= 1;
      const begin = performance.now();
      const { status, text } = await callers.call('GET', path, headers);
      times.push(performance.now() - begin);
      if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
    },
    () => left <= 0,
  );
  return times;
}
