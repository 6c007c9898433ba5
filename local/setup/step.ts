import type { SetupContext } from './command.ts';

/** One part of the set-up. */
export interface Step {
  title: string;
  /** Whether there is nothing to do: cheap, since every start asks. */
  isDone(): boolean | Promise<boolean>;
  run(context: SetupContext): Promise<void>;
}
