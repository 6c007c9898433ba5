import { neonConfig } from '@neondatabase/serverless';

/** How many requests `run` makes to Postgres. Nothing else may ask it meanwhile. */
export async function roundTrips(run: () => Promise<unknown>): Promise<number> {
  const before = neonConfig.fetchFunction;
  let count = 0;
  neonConfig.fetchFunction = (input: RequestInfo, init?: RequestInit) => {
    count += 1;
    return fetch(input, init);
  };
  try {
    await run();
  } finally {
    neonConfig.fetchFunction = before;
  }
  return count;
}
