import { NearcadeError } from '#shared/errors.ts';

/** One step of a deploy. */
export interface Step {
  /** What it does, for people: `10% of requests`. */
  name: string;
  /** Does it; what it returns is told. Has to end soon when `signal` is aborted, by throwing. */
  run(signal: AbortSignal): Promise<string | undefined>;
  /** Takes back what `run` has done, or has begun. Told what it returns. Done twice it changes nothing more. */
  undo?(): Promise<string>;
  /** What of it stays when a later step fails, and why that does no harm. Asked only after it has begun. */
  stays?(): string | undefined;
}

export interface Outcome {
  /** What was taken back, newest first. */
  undone: string[];
  stays: string[];
  /** What could not be taken back. */
  left: string[];
}

/** Tries to take a step back: what fails may be the same that has made the deploy fail, and be over soon. */
const UNDO_TRIES = 3;
const UNDO_PAUSE_MS = 2_000;

export interface PipelineOptions {
  progress: (line: string) => void;
  /** Ctrl-C. What was done is taken back all the same. */
  signal: AbortSignal;
  sleep: (ms: number) => Promise<void>;
}

/**
 * Runs the steps in order. When one fails, or the signal is aborted, all that were begun are taken back, the last first; then throws the
 * step's error (`deploy_stopped` for the signal) with the `Outcome` in its details. What could not be taken back is `left`, and in the message.
 */
export async function runSteps(steps: readonly Step[], options: PipelineOptions): Promise<void> {
  const { progress, signal } = options;
  const begun: Step[] = [];
  for (const [index, step] of steps.entries()) {
    progress(`[${index + 1}/${steps.length}] ${step.name}`);
    begun.push(step);
    try {
      signal.throwIfAborted();
      const told = await step.run(signal);
      if (told !== undefined) progress(`  ${told}`);
    } catch (error) {
      const cause = signal.aborted ? stopped(step) : asDeployError(error, step);
      progress(`  ${cause.message}`);
      throw await takeBack(begun, cause, options);
    }
  }
}

async function takeBack(
  begun: readonly Step[],
  cause: NearcadeError,
  options: PipelineOptions,
): Promise<NearcadeError> {
  const outcome: Outcome = { undone: [], stays: [], left: [] };
  for (const step of begun.toReversed()) {
    const stays = step.stays?.();
    if (stays !== undefined) outcome.stays.push(stays);
    if (step.undo === undefined) continue;
    try {
      outcome.undone.push(await withRetries(step.undo.bind(step), options));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      outcome.left.push(`${step.name}: ${reason}`);
    }
  }
  for (const line of outcome.undone) options.progress(`  taken back: ${line}`);
  for (const line of outcome.stays) options.progress(`  stays: ${line}`);
  for (const line of outcome.left) options.progress(`  COULD NOT BE TAKEN BACK: ${line}`);
  const message =
    outcome.left.length === 0 ? cause.message : `${cause.message} AND: ${outcome.left.join('; ')}`;
  return new NearcadeError(cause.code, message, { cause, details: { ...outcome } });
}

async function withRetries(
  undo: () => Promise<string>,
  { sleep, progress }: PipelineOptions,
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await undo();
    } catch (error) {
      if (attempt === UNDO_TRIES) throw error;
      progress(
        `  taking it back failed, trying again: ${error instanceof Error ? error.message : String(error)}`,
      );
      await sleep(UNDO_PAUSE_MS);
    }
  }
}

const stopped = (step: Step) => new NearcadeError('deploy_stopped', `Interrupted at "${step.name}".`);

function asDeployError(error: unknown, step: Step): NearcadeError {
  if (error instanceof NearcadeError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new NearcadeError('deploy_failed', `${step.name}: ${reason}`, { cause: error });
}
