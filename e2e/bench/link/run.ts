import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** Runs a short command to its end and answers its standard output; throws with its standard error in the message. */
export async function run(command: string, ...args: string[]): Promise<string> {
  const { stdout } = await execFileAsync(command, args);
  return stdout;
}
