import { join } from 'node:path';
import { ROOT } from '../paths.ts';
import { runCommand, type SetupContext } from './command.ts';

/** The script that makes a machine a media node; this set-up runs parts of it. */
export const INSTALL_SCRIPT = join(ROOT, 'media-node', 'image', 'install.sh');

/** Builds one of the native parts, as a node's machine would. */
export function runImagePart(context: SetupContext, part: 'worker' | 'helper' | 'games'): Promise<void> {
  return runCommand(context, {
    name: part,
    command: 'bash',
    args: [INSTALL_SCRIPT, '--parts', part, '--node', process.execPath],
  });
}
