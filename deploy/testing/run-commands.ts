import { spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

export interface CommandsRun {
  code: number | null;
  /** What they have printed, errors too. */
  text: string;
}

/**
 * Runs commands of the runbook as an operator would, in a clone's root, with these variables beside those of the machine. `before`: what the same
 * shell was told earlier on that page.
 */
export function runCommands(
  commands: string,
  env: Readonly<Record<string, string>>,
  { clone = ROOT, before = '' }: { clone?: string; before?: string } = {},
): Promise<CommandsRun> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', before + commands], {
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
