import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** How often we look whether npm, which started us, is still there. */
const PARENT_POLL_MS = 1_000;

/**
 * Runs a program with our own terminal and answers its exit code (128 and the signal's number when a signal ended it),
 * and whether we were told to stop meanwhile. Signals to us are passed on, and with `killAfterMs` it is killed when it
 * takes longer than that to heed one. The kernel tells the program when we are killed; when npm is, we do.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, killAfterMs?: number }} options
 * @returns {Promise<{ code: number, stopped: boolean }>}
 */
export async function run(command, args, { cwd, killAfterMs }) {
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', command, ...args], { cwd, stdio: 'inherit' });
  let stopped = false;
  let killer;
  const passOn = PASSED_ON.map(name => {
    const handler = () => {
      stopped = true;
      child.kill(name);
      if (killAfterMs !== undefined) killer ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    };
    process.on(name, handler);
    return () => process.off(name, handler);
  });
  const stopWatching = process.env.npm_lifecycle_event === undefined ? () => {} : watchParent();
  try {
    const code = await new Promise(resolve => {
      child.once('error', error => {
        console.error(`${command} can't be run: ${error.message}.`);
        resolve(127);
      });
      child.once('exit', (code, signal) => {
        resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
      });
    });
    return { code, stopped };
  } finally {
    clearTimeout(killer);
    for (const undo of passOn) undo();
    stopWatching();
  }
}

/** Ends the program when our parent is gone: nobody could stop it any more. */
function watchParent() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
