/** Signals that end us: Ctrl-C, a service manager, a closed terminal. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ctrl-C arrives several times at once: from the terminal, and from npm and the bootstrap, which pass it on. */
const ECHO_MS = 1_000;

/** Process exit code of an end by signal: 128 and its number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * A signal that is aborted by the first of SIGINT, SIGTERM and SIGHUP; the process then exits with that signal's code
 * when it ends. Another one, after a second, ends the process at once: the kernel then tells its children.
 */
export function onStopSignals(onStop: () => void): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  for (const name of STOP_SIGNALS) {
    process.on(name, () => {
      const now = Date.now();
      if (!controller.signal.aborted) {
        first = now;
        process.exitCode = EXIT_CODES[name];
        onStop();
        controller.abort(new Error(`stopped by ${name}`));
      } else if (now - first > ECHO_MS) {
        process.kill(process.pid, 'SIGKILL');
      }
    });
  }
  return controller.signal;
}
