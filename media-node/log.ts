import { type Logger, pino } from 'pino';

export type { Logger };

/** JSON lines on stdout. What must never be in a log is removed here too, should a caller forget. */
export function createLog(level: string, base: Record<string, unknown>): Logger {
  return pino({
    level,
    base,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['ticket', 'nodeToken', '*.ticket', '*.nodeToken', '*.authorization'],
  });
}
