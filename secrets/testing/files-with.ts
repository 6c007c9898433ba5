import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of a file beyond which it is no log of a test. */
const MAX_BYTES = 50_000_000;

/** The files below some folders that hold one of these texts. `except`: folders' names that are not looked into. */
export function filesWith(
  texts: readonly string[],
  folders: readonly string[],
  except: readonly string[] = [],
): string[] {
  const hits: string[] = [];
  const look = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !except.includes(entry.name)) look(path);
      if (entry.isFile() && hasOne(path)) hits.push(path);
    }
  };
  const hasOne = (path: string) => {
    try {
      if (statSync(path).size > MAX_BYTES) return false;
      const content = readFileSync(path, 'latin1');
      return texts.some(text => content.includes(text));
    } catch {
      // It was removed meanwhile.
      return false;
    }
  };
  for (const folder of folders) {
    try {
      look(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return hits;
}
