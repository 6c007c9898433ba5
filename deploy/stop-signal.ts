/** Signals that end us, with the exit code of an end by each: 128 and its number. */
const STOP_SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export interface StopSignal {
  readonly signal: AbortSignal;
  /** Of the signal that has come, undefined before. */
  exitCode(): number | undefined;
}

/**
 * Aborted by the first Ctrl-C, SIGTERM or closed terminal. Those that come after it are not heeded: what was begun is being taken back, and
 * half of that would be worse than waiting for it.
 */
export function stopSignal(onStop: () => void): StopSignal {
  const controller = new AbortController();
  let code: number | undefined;
  for (const [name, exitCode] of Object.entries(STOP_SIGNALS)) {
    process.on(name, () => {
      if (code !== undefined) return;
      code = exitCode;
      onStop();
      controller.abort(new Error(`stopped by ${name}`));
    });
  }
  return { signal: controller.signal, exitCode: () => code };
}
