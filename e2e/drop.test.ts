import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const BENCH = join(import.meta.dirname, 'bench/drop.ts');
const mbit = z.object({ mbit: z.number() });
const result = z.object({ before: mbit, settled: mbit, recovered: mbit });

/** The bench's own run, short: how fast and how well is its business, that it adapts at all is ours. */
describe.runIf(process.getuid?.() === 0)('a link that narrows from 20 to 3 Mbit/s and widens again', () => {
  it('is followed by the picture, down and up', async () => {
    const child = spawn(process.execPath, [BENCH, '4,8,9'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) lines.push(line);
    const { before, settled, recovered } = result.parse(JSON.parse(lines.at(-1) ?? ''));
    expect(before.mbit).toBeGreaterThan(4);
    expect(settled.mbit).toBeGreaterThan(0.8);
    expect(settled.mbit).toBeLessThan(3);
    expect(recovered.mbit).toBeGreaterThan(settled.mbit * 1.3);
  }, 180_000);
});
