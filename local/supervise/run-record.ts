import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { CHILD_MARK } from './child.ts';
import { hasEnvironmentPrefix, killAll, listProcesses, signalProcess } from './processes.ts';

const runRecordSchema = z.object({
  /** The platform's id: the first part of its children's marks. */
  id: z.string(),
  children: z.array(z.object({ name: z.string(), pid: z.int(), startTime: z.string() })),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

/** Writes down whose processes run, at once and whole (a reader never sees half a file). */
export function writeRecord(path: string, record: RunRecord): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function clearRecord(path: string): void {
  rmSync(path, { force: true });
}

/** How long what an earlier, killed run left behind may take to end by itself: it was told when that run died. */
const LEFTOVER_GRACE_MS = 5_000;
const POLL_MS = 50;

/**
 * Ends what an earlier run of this platform left behind when it was killed: recorded children by pid and start time
 * (some overwrite their environment), and whoever carries that run's mark. Returns how many processes it had to end.
 * Call it only while holding the platform's lock.
 */
export async function endLeftovers(path: string): Promise<number> {
  const record = readRecord(path);
  if (record === undefined) return 0;
  const matches = (info: { pid: number; startTime: string }) =>
    record.children.some(child => child.pid === info.pid && child.startTime === info.startTime) ||
    hasEnvironmentPrefix(info.pid, `${CHILD_MARK}=${record.id}/`);
  const left = () => listProcesses().filter(info => info.pid !== process.pid && matches(info));
  const found = left();
  for (const info of found) signalProcess(info.pid, 'SIGTERM');
  for (let waited = 0; waited < LEFTOVER_GRACE_MS && left().length > 0; waited += POLL_MS) {
    await new Promise(resolve => setTimeout(resolve, POLL_MS));
  }
  await killAll(matches);
  clearRecord(path);
  return found.length;
}

function readRecord(path: string): RunRecord | undefined {
  try {
    return runRecordSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}
