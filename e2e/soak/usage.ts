import { readdirSync, readFileSync } from 'node:fs';
import { descendants } from '#media-node/test/processes.ts';

/** What the node's processes hold at one moment. */
export interface Usage {
  /** Resident megabytes of the node's own process, and of its mediasoup workers together. */
  nodeMb: number;
  workersMb: number;
  /** Open handles of both. */
  nodeHandles: number;
  workerHandles: number;
  /** All processes below the node. */
  processes: number;
  /** What sessions leave on the disk. */
  leftovers: number;
}

/** `node`: its pid; `dirs`: where sessions leave things. */
export function usageOf(node: number, dirs: readonly string[]): Usage {
  const below = descendants(node);
  const workers = below.filter(({ program }) => program === 'mediasoup-worker').map(({ pid }) => pid);
  const sum = (read: (pid: number) => number) => workers.reduce((total, pid) => total + read(pid), 0);
  return {
    nodeMb: residentMb(node),
    workersMb: sum(residentMb),
    nodeHandles: handlesOf(node),
    workerHandles: sum(handlesOf),
    processes: below.length,
    leftovers: dirs.reduce((total, dir) => total + entriesOf(dir), 0),
  };
}

/** The second field of /proc/PID/statm (proc(5)), in pages of 4 KiB. */
export function residentMb(pid: number): number {
  const pages = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1];
  return (Number(pages) * 4096) / 1e6;
}

function handlesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function entriesOf(dir: string): number {
  try {
    return readdirSync(dir).length;
  } catch {
    return 0;
  }
}
