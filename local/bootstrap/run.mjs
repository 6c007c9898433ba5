import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** How often we look whether npm, which started us, is still there. */
const PARENT_POLL_MS = 1_000;

/**
 * Runs a program with our own terminal and answers its exit code (128 and the signal's number when a signal ended it).
 * Signals to us are passed on. The kernel tells the program when we are killed; when npm is, we do.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string }} options
 * @returns {Promise<number>}
 */
export async function run(command, args, { cwd }) {
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', command, ...args], { cwd, stdio: 'inherit' });
  const passOn = PASSED_ON.map(name => {
    const handler = () => child.kill(name);
    process.on(name, handler);
    return () => process.off(name, handler);
  });
  const stopWatching = process.env.npm_lifecycle_event === undefined ? () => {} : watchParent(child);
  try {
    return await new Promise(resolve => {
      child.once('error', error => {
        console.error(`${command} can't be run: ${error.message}.`);
        resolve(127);
      });
      child.once('exit', (code, signal) => {
        resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
      });
    });
  } finally {
    for (const undo of passOn) undo();
    stopWatching();
  }
}

/** Ends the program when our parent is gone: nobody could stop it any more. */
function watchParent(child) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM');
  }, PARENT_POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
