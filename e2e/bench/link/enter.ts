import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs this program again, with the same arguments, inside a network namespace; answers its exit code. Signals are handed
 * on, and the kernel ends it when we die.
 */
export async function enterNamespace(
  namespace: string,
  environment: Record<string, string>,
): Promise<number> {
  const program = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const command = [`--net=/run/netns/${namespace}`, '--', 'setpriv', '--pdeathsig', 'TERM', '--', ...program];
  const child = spawn('nsenter', command, {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
    // Signals of the terminal reach it through us, once.
    detached: true,
  });
  for (const name of PASSED_ON) process.on(name, () => child.kill(name));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]),
    );
  });
}
