import { existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** A log is put aside as `.1` when it has grown past this: two such files are enough to see what went wrong. */
const MAX_LOG_BYTES = 8 * 1024 * 1024;

/** Lines of a log that an error message shows. */
const TAIL_LINES = 25;

/** Opens a log for appending and returns its descriptor; a large one is put aside first. */
export function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path) && statSync(path).size > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}

/** The size of a log now: what a later `tailOf` should start from. */
export function logSize(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

/** The last lines written to a log after `from` bytes, without terminal colours. */
export function tailOf(path: string, from = 0): string {
  if (!existsSync(path)) return '';
  const text = stripVTControlCharacters(readFileSync(path).subarray(from).toString('utf8'));
  const lines = text.split(/\r?\n|\r/).filter(line => line.trim() !== '');
  return lines.slice(-TAIL_LINES).join('\n');
}
