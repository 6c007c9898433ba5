import { sql } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import type { ReadinessPart } from '#shared/api/service.ts';
import { describeError, log } from './log.ts';

/** Milliseconds that an answer is good for, so that nobody loads what is behind us by asking; what is wrong is looked at again sooner. */
const GOOD_FOR_MS = { ready: 5_000, notReady: 1_000 };

type Reached = Pick<Services, 'db' | 'hints' | 'objects' | 'now'>;

/** Each ends by its client's own time limit. */
const PARTS: Readonly<Record<ReadinessPart, (services: Reached) => Promise<unknown>>> = {
  database: ({ db }) => db.execute(sql`select 1`),
  redis: ({ hints }) => hints.ping(),
  saves: ({ objects }) => objects.probe(),
};

/** Whether this isolate reaches what it works with, and is let in there. Kept for a moment: plain values, since what does I/O is one request's. */
export class Readiness {
  #lacking: readonly ReadinessPart[] | undefined;
  #validUntil = 0;

  /** What cannot be reached or refuses us, in the order of its names. The log says why. */
  async lacking(services: Reached): Promise<readonly ReadinessPart[]> {
    const at = services.now().getTime();
    if (this.#lacking !== undefined && at < this.#validUntil) return this.#lacking;
    // Who asks while this one looks is told what was seen last.
    this.#validUntil = at + GOOD_FOR_MS.notReady;
    const lacking = await look(services);
    this.#lacking = lacking;
    const goodFor = lacking.length === 0 ? GOOD_FOR_MS.ready : GOOD_FOR_MS.notReady;
    this.#validUntil = services.now().getTime() + goodFor;
    return lacking;
  }
}

async function look(services: Reached): Promise<ReadinessPart[]> {
  const parts = Object.entries(PARTS) as [ReadinessPart, (typeof PARTS)[ReadinessPart]][];
  const looked = await Promise.all(
    parts.map(async ([part, reach]) => {
      try {
        await reach(services);
        return [];
      } catch (error) {
        log('error', 'not ready', { part, ...describeError(error) });
        return [part];
      }
    }),
  );
  return looked.flat();
}
