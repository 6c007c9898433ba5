import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of a file beyond which it is no log of a test. */
const MAX_BYTES = 50_000_000;

/** The files below some folders that hold one of these texts, in their names too. `except`: folders' names that are not looked into. */
export function filesWith(
  texts: readonly string[],
  folders: readonly string[],
  except: readonly string[] = [],
): string[] {
  const hits: string[] = [];
  const has = (content: string) => texts.some(text => content.includes(text));
  const look = (folder: string) => {
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !except.includes(entry.name)) look(path);
      if (has(entry.name) || (entry.isFile() && has(contentOf(path)))) hits.push(path);
    }
  };
  for (const folder of folders) look(folder);
  return hits;
}

/** Nothing where it was removed meanwhile. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function contentOf(path: string): string {
  try {
    return statSync(path).size > MAX_BYTES ? '' : readFileSync(path, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
