/** SIGTERM and SIGINT: the first asks to drain, the second to hurry. */
export interface StopRequests {
  /** Resolves at the first signal. */
  readonly drain: Promise<void>;
  /** Resolves at the second. */
  readonly hurry: Promise<void>;
}

export function listenForStop(target: NodeJS.Process = process): StopRequests {
  const drain = Promise.withResolvers<void>();
  const hurry = Promise.withResolvers<void>();
  let asked = false;
  const onSignal = () => {
    (asked ? hurry : drain).resolve();
    asked = true;
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) target.on(signal, onSignal);
  return { drain: drain.promise, hurry: hurry.promise };
}
