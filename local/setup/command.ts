import { join } from 'node:path';
import { NearcadeError } from '#shared/errors.ts';
import { NEARCADE_DIR, ROOT } from '../paths.ts';
import type { Child, ChildSpec } from '../supervise/child.ts';
import type { Supervisor } from '../supervise/supervisor.ts';

/** What every step of the set-up is given. */
export interface SetupContext {
  readonly supervisor: Supervisor;
  readonly signal: AbortSignal;
  /** What the step is doing now, one line: shown while it takes long. */
  doing: () => string;
}

export interface Command {
  /** Names its log, and the error. */
  name: string;
  command: string;
  args: readonly string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  stop?: Pick<ChildSpec, 'stopSignal' | 'stopTimeoutMs'>;
  foreground?: boolean;
  /** How to end it where a plain signal is not allowed to. */
  onAbort?: (child: Child) => void;
}

/** Runs a long command with its output in a log; ends it, with all it started, when the set-up is stopped. */
export async function runCommand(context: SetupContext, command: Command): Promise<void> {
  context.signal.throwIfAborted();
  const logFile = join(NEARCADE_DIR, 'logs', `setup-${command.name}.log`);
  const child = await context.supervisor.start(
    {
      name: command.name,
      command: command.command,
      args: command.args,
      cwd: command.cwd ?? ROOT,
      env: command.env ?? process.env,
      logFile,
      foreground: command.foreground ?? false,
      ...command.stop,
    },
    { expendable: true },
  );
  context.doing = () => child.logTail.split('\n').at(-1)?.trim() ?? '';
  const stop = () => {
    command.onAbort?.(child);
    void child.stop();
  };
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    const exit = await child.exited;
    context.signal.throwIfAborted();
    if (exit.code === 0) return;
    const how = exit.signal === null ? `with code ${exit.code}` : `by ${exit.signal}`;
    throw new NearcadeError(
      'setup_failed',
      `${command.name} ended ${how}. The end of ${logFile}:\n${child.logTail}`,
    );
  } finally {
    context.signal.removeEventListener('abort', stop);
  }
}
