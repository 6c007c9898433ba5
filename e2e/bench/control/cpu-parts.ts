import { readFileSync } from 'node:fs';
import { CpuMeter, readProcesses } from '../cpu.ts';

/** Processor time of each part of the platform, in milliseconds a claim (with its release and its share of node losses). */
export interface CpuParts {
  postgres: number;
  redis: number;
  workerd: number;
  /** This process: the callers, and the shims that stand in for Neon's and Upstash's proxies. */
  callersAndShims: number;
}

/** Meters over what runs under this process now. Unlike times they say the same on a machine that others use too. */
export function meterParts(): (claims: number) => CpuParts {
  const names = ['postgres', 'redis-server', 'workerd'] as const;
  const [postgres, redis, workerd] = names.map(name => new CpuMeter(descendants(name)));
  const begin = process.cpuUsage();
  const each = (meter: CpuMeter | undefined, claims: number) => ((meter?.seconds() ?? 0) * 1000) / claims;
  return claims => {
    const { user, system } = process.cpuUsage(begin);
    return {
      postgres: each(postgres, claims),
      redis: each(redis, claims),
      workerd: each(workerd, claims),
      callersAndShims: (user + system) / 1000 / claims,
    };
  };
}

function descendants(name: string): number[] {
  const children = Map.groupBy(readProcesses(), one => one.parent);
  const found: number[] = [];
  const visit = (pid: number) => {
    for (const child of children.get(pid) ?? []) {
      if (nameOf(child.pid) === name) found.push(child.pid);
      visit(child.pid);
    }
  };
  visit(process.pid);
  return found;
}

function nameOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined; // it ended meanwhile
  }
}
