/** Cron expressions as Cloudflare takes them: minute, hour, day of month, month, day of week; UTC. */
const FIELDS: readonly ((at: Date) => number)[] = [
  at => at.getUTCMinutes(),
  at => at.getUTCHours(),
  at => at.getUTCDate(),
  at => at.getUTCMonth() + 1,
  // Cloudflare counts from Sunday, 1.
  at => at.getUTCDay() + 1,
];

/** Whether an expression of numbers, `*`, ranges, lists and steps names this minute. */
export function cronMatches(expression: string, at: Date): boolean {
  const parts = expression.trim().split(/\s+/);
  return parts.length === FIELDS.length && FIELDS.every((read, i) => fieldMatches(parts[i] ?? '', read(at)));
}

function fieldMatches(field: string, value: number): boolean {
  return field.split(',').some(part => {
    const [range = '*', step = '1'] = part.split('/');
    const [low, high] = range === '*' ? [0, Number.POSITIVE_INFINITY] : range.split('-').map(Number);
    const first = low ?? 0;
    const last = high ?? (part.includes('/') ? Number.POSITIVE_INFINITY : first);
    return value >= first && value <= last && (value - first) % Number(step) === 0;
  });
}

export interface CronTicker {
  /** Fires every expression now. */
  runAll(): Promise<void>;
  close(): Promise<void>;
}

/** What workerd does not do by itself: calls the Worker's scheduled handler in the minutes that its crons name. */
export function startCron(options: {
  workerUrl: string;
  crons: readonly string[];
  onError: (error: unknown) => void;
}): CronTicker {
  const { workerUrl, crons, onError } = options;
  const stopped = new AbortController();
  const fire = async (cron: string) => {
    const url = `${workerUrl}/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}`;
    const response = await fetch(url, { signal: stopped.signal });
    if (!response.ok) throw new Error(`The cron ${cron} answered ${response.status}`);
  };
  const fireQuietly = (cron: string) =>
    fire(cron).catch((error: unknown) => {
      if (!stopped.signal.aborted) onError(error);
    });
  let timer: NodeJS.Timeout;
  const tick = () => {
    const now = new Date();
    timer = setTimeout(
      () => {
        const at = new Date();
        for (const cron of crons.filter(cron => cronMatches(cron, at))) void fireQuietly(cron);
        tick();
      },
      60_000 - (now.getTime() % 60_000),
    );
  };
  tick();
  return {
    async runAll() {
      for (const cron of crons) await fire(cron);
    },
    close() {
      clearTimeout(timer);
      stopped.abort();
      return Promise.resolve();
    },
  };
}
