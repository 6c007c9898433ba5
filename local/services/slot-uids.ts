import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { NearcadeError } from '#shared/errors.ts';

/** Uids that Debian gives to nobody (policy 9.2.2: 60000-64999 are handed out one by one, 65000-65533 reserved). */
const FIRST = 64_000;
const BLOCK = 64;
const BLOCKS = 24;

/**
 * First uid of a block that no process of this machine runs under, for the slots of a media node: several platforms
 * may run at once. A folder keeps its block where it can.
 */
export function freeUidBase(dataDir: string): number {
  const used = new Set(runningUids().map(uid => Math.floor((uid - FIRST) / BLOCK)));
  const preferred = createHash('sha256').update(dataDir).digest().readUInt32BE() % BLOCKS;
  for (let i = 0; i < BLOCKS; i++) {
    const block = (preferred + i) % BLOCKS;
    if (!used.has(block)) return FIRST + block * BLOCK;
  }
  throw new NearcadeError('service_failed', `All uids from ${FIRST} on are in use: stop other media nodes.`);
}

function runningUids(): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        return [statSync(`/proc/${name}`).uid];
      } catch {
        return [];
      }
    });
}
