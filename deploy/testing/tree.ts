import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A clone as far as a deploy checks and builds one, with as little as can be in it; all of it is right. */
const RIGHT: Readonly<Record<string, string>> = {
  'tsconfig.json': JSON.stringify({
    compilerOptions: { strict: true, lib: ['es5'], types: [], module: 'esnext', target: 'esnext' },
    files: ['local.ts'],
  }),
  'local.ts': 'export const local = 1;\n',
  'edge/tsconfig.json': JSON.stringify({ extends: '../tsconfig.json', files: ['worker.ts'] }),
  'edge/worker.ts': 'export const worker = 1;\n',
  'edge/web/tsconfig.json': JSON.stringify({ extends: '../../tsconfig.json', files: ['app.ts'] }),
  'edge/web/app.ts': 'export const app = 1;\n',
  'edge/web/index.html': '<!doctype html><script type="module" src="/app.ts"></script>\n',
  'biome.json': JSON.stringify({ root: true, formatter: { enabled: false } }),
};

/** Writes such a clone into `folder`, with these files beside or in place of its own. */
export function writeTree(folder: string, planted: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries({ ...RIGHT, ...planted })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}
