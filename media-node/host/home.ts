import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import { NearcadeError } from '#shared/errors.ts';
import type { GameManifest } from '#shared/manifest.ts';
import { DiskWatch } from './disk-watch.ts';
import type { SlotUser } from './slot-user.ts';

const OWNER_ONLY = 0o700;

/** Files and folders of a home: a game's program is elsewhere, and a disk has only so many inodes. */
const MAX_HOME_FILES = 20_000;

const run = promisify(execFile);

/** The home of a game that was started ahead in that slot: on the file system of the others, of which it becomes one. */
export function homeAhead(dataDir: string, slot: number): string {
  return join(dataDir, 'prestart', `slot-${slot}`);
}

/**
 * Homes move between slots, so between uids: the files become the slot's. Only below `dataDir`: changing owners as
 * root is nothing to get a path wrong with. Links are not followed, and the game that could make one does not run.
 */
export async function prepareHome(user: SlotUser, dataDir: string, homeDir: string): Promise<void> {
  const inside = relative(resolve(dataDir), resolve(homeDir));
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) {
    throw new NearcadeError('host_failed', 'The home lies outside of the data directory');
  }
  await mkdir(homeDir, { recursive: true, mode: OWNER_ONLY });
  if (!user.separate) return;
  const { uid, gid } = user;
  await run('chown', ['-R', '-h', `${uid}:${gid}`, '--', homeDir]);
}

/** Calls `onOver`, once, when the home holds more than its game may have. */
export function holdHome(
  homeDir: string,
  { needs }: GameManifest,
  onOver: () => void,
  log: Logger,
): DiskWatch {
  return DiskWatch.start({
    dir: homeDir,
    limit: { bytes: needs.diskMb * 1024 * 1024, files: MAX_HOME_FILES },
    onOver: use => {
      log.warn({ ...use, diskMb: needs.diskMb }, 'the game fills the disk: it is ended');
      onOver();
    },
  });
}
