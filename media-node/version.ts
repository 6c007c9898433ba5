import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..');

/**
 * What a node tells the edge that it runs: the release that `npm run release` has named in VERSION, as `0.1.0+3aafc0b1d2e3`; in a clone,
 * which has no such file, package.json's version.
 */
export function releaseVersion(root = ROOT): string {
  try {
    return readFileSync(join(root, 'VERSION'), 'utf8').trim();
  } catch {
    const json: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    return z.object({ version: z.string() }).parse(json).version;
  }
}
