import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { runbookBlock } from '../../docs/runbook/blocks.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export interface BlockRun {
  code: number | null;
  /** What it has printed, errors too. */
  text: string;
}

/**
 * Runs a runbook's commands as an operator would, in a clone's root, with these variables beside those of the machine. `before`: what the same
 * shell was told earlier on that page.
 */
export function runBlock(
  page: string,
  name: string,
  env: Readonly<Record<string, string>>,
  { clone = ROOT, before = '' }: { clone?: string; before?: string } = {},
): Promise<BlockRun> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', before + runbookBlock(page, name)], {
    cwd: clone,
    env: {
      // Without those of vitest, which would tell programs that they are tested.
      ...Object.fromEntries(
        Object.entries(process.env).filter(([key]) => !/^(VITEST|NODE_|CLOUDFLARE|AWS)/.test(key)),
      ),
      PATH: `${join(clone, 'node_modules', '.bin')}:${process.env.PATH}`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => resolve({ code, text }));
  });
}
