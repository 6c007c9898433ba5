import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const PROGRAM = join(import.meta.dirname, 'follow.ts');
const phase = z.object({ mbit: z.number(), loss: z.number(), met: z.boolean() });
const result = z.object({ before: phase, narrowMbit: z.number(), settled: phase, recovered: phase });

/** How fast and how well is `bench:drop`'s business, that it adapts at all is ours. */
describe.runIf(process.getuid?.() === 0)('a link that narrows below what is sent and widens again', () => {
  it('is followed by the picture, down and up', async () => {
    const child = spawn(process.execPath, [PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) lines.push(line);
    const { before, narrowMbit, settled, recovered } = result.parse(JSON.parse(lines.at(-1) ?? ''));
    expect(before).toMatchObject({ met: true });
    expect(settled).toMatchObject({ met: true });
    expect(settled.mbit).toBeLessThan(narrowMbit);
    expect(recovered).toMatchObject({ met: true });
  }, 300_000);
});
