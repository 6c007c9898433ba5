import { createHash, type Hash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** SHA-256, in hex, of files' names and contents; folders with all that is in them, in a fixed order. */
export function hashTree(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) add(hash, path, '');
  return hash.digest('hex');
}

function add(hash: Hash, path: string, name: string): void {
  if (statSync(path).isDirectory()) {
    for (const entry of readdirSync(path).sort()) add(hash, join(path, entry), `${name}/${entry}`);
    return;
  }
  const content = readFileSync(path);
  hash.update(`${name}\0${content.length}\0`).update(content);
}
