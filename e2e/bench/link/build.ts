import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NEARCADE_DIR } from '#local/paths.ts';
import { run } from './run.ts';

/**
 * Compiles one C file of the bench into `.nearcade/bench/bin/`, unless what lies there is newer than the source.
 * Answers the program's path; throws with the compiler's words.
 */
export async function buildProgram(source: string, name: string, libraries: string[] = []): Promise<string> {
  const program = join(NEARCADE_DIR, 'bench', 'bin', name);
  const built = statSync(program, { throwIfNoEntry: false });
  if (built !== undefined && built.mtimeMs > statSync(source).mtimeMs) return program;
  mkdirSync(dirname(program), { recursive: true });
  // Renamed into place, so that two builds at once, also of one program, never start half of it.
  const unfinished = `${program}.${randomUUID()}`;
  const flags = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror'];
  await run('cc', ...flags, '-o', unfinished, source, ...libraries.map(library => `-l${library}`));
  renameSync(unfinished, program);
  return program;
}
