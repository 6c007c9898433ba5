/** Calls `onAsked` at each SIGTERM and SIGINT: the first asks to drain, others to hurry. */
export function listenForStop(onAsked: (isFirst: boolean) => void, target: NodeJS.Process = process): void {
  let asked = false;
  const onSignal = () => {
    const isFirst = !asked;
    asked = true;
    onAsked(isFirst);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) target.on(signal, onSignal);
}
