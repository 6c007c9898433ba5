import { z } from 'zod';
import { type Region, rttsSchema } from '#shared/api/play.ts';
import { serverMessageSchema } from '#shared/signal.ts';

export type Rtts = z.infer<typeof rttsSchema>;

const KEY = 'nearcade:round-trips';

/** Measured anew after this long, or when the network changed: people move, and so do routes. */
const GOOD_FOR_MS = 30 * 60_000;

/** Of these the shortest counts: the others waited for something on the way. */
const PINGS = 3;

/** A region that takes longer than this is as good as none. */
const TIMEOUT_MS = 3_000;

const keptSchema = z.object({ at: z.number(), rtts: rttsSchema });

export interface RoundTripsOptions {
  storage: Storage;
  /** The regions there are. */
  regions(): Promise<readonly Region[]>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** How far each region is from this device: measured once in a while by pings to its nodes, kept on the device. */
export class RoundTrips {
  readonly #options: RoundTripsOptions;
  #measuring: Promise<void> | undefined;

  constructor(options: RoundTripsOptions) {
    this.#options = options;
  }

  /** What was measured lately, by region in milliseconds; undefined if nothing was. */
  known(): Rtts | undefined {
    const { storage, now } = this.#options;
    try {
      const kept = keptSchema.parse(JSON.parse(storage.getItem(KEY) ?? ''));
      return now() - kept.at < GOOD_FOR_MS ? kept.rtts : undefined;
    } catch {
      return undefined;
    }
  }

  /** Measures unless it is known. Never throws: without it the platform goes by the address of the request. */
  measure(): Promise<void> {
    if (this.known() !== undefined) return Promise.resolve();
    this.#measuring ??= this.#measure().finally(() => {
      this.#measuring = undefined;
    });
    return this.#measuring;
  }

  /** The network is another one now. */
  forget(): void {
    this.#options.storage.removeItem(KEY);
  }

  async #measure(): Promise<void> {
    const { storage, regions, now } = this.#options;
    try {
      const measured = await Promise.all(
        (await regions()).map(async ({ region, probes }) => {
          const found = await Promise.all(probes.map(probe => pingNode(probe).catch(() => Infinity)));
          return [region, Math.min(...found)] as const;
        }),
      );
      const rtts = Object.fromEntries(measured.filter(([, ms]) => Number.isFinite(ms)));
      storage.setItem(KEY, JSON.stringify({ at: now(), rtts }));
    } catch {}
  }
}

/** The shortest of a few round trips over one socket to the node, in milliseconds. */
function pingNode(address: string): Promise<number> {
  const socket = new WebSocket(address);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const timer = setTimeout(() => reject(new Error('no answer')), TIMEOUT_MS);
  const times: number[] = [];
  const ping = () => socket.send(JSON.stringify({ type: 'ping', sentAt: performance.now() }));
  socket.addEventListener('open', ping);
  socket.addEventListener('error', () => reject(new Error('not reached')));
  socket.addEventListener('close', () => reject(new Error('closed')));
  socket.addEventListener('message', ({ data }) => {
    const message = serverMessageSchema.safeParse(JSON.parse(String(data))).data;
    if (message?.type !== 'pong') return;
    times.push(Math.round(performance.now() - message.sentAt));
    if (times.length < PINGS) ping();
    else resolve(Math.min(...times));
  });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}
