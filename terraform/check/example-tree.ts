import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXAMPLE_ENVIRONMENTS } from '#deploy/testing/environments.ts';
import { ROOT } from '#local/paths.ts';

/** What environments of deploy/testing/environments have, in this order. */
const REGIONS = ['eu-central-1', 'us-east-1'] as const;

/**
 * A copy of what is checked, for example environments with two regions each: it is the same whatever an operator has written into
 * environments/*.json and whichever regions were added. The caller removes it.
 */
export function exampleTree(): string {
  const tree = mkdtempSync(join(tmpdir(), 'nearcade-terraform-'));
  for (const part of ['bootstrap', 'zone', 'modules', 'environments']) {
    cpSync(join(ROOT, 'terraform', part), join(tree, 'terraform', part), { recursive: true });
  }
  symlinkSync(join(ROOT, 'secrets'), join(tree, 'secrets'));
  mkdirSync(join(tree, 'environments'));
  for (const name of ['staging', 'production']) {
    cpSync(join(EXAMPLE_ENVIRONMENTS, `${name}.json`), join(tree, 'environments', `${name}.json`));
    const file = join(tree, 'terraform', 'environments', name, 'regions.tf');
    writeFileSync(file, withRegions(readFileSync(file, 'utf8')));
  }
  return tree;
}

/** A regions.tf with the example's regions in place of those that it has: each is like its first one. */
function withRegions(text: string): string {
  const listed = /^ {4}\{ "([\w-]+)" = module\.\1 \},\n/gm;
  const [first] = [...text.matchAll(listed)].map(([, name = '']) => name);
  const [head = '', like = ''] = text.split(/^(?=provider "aws" \{$)/m);
  if (first === undefined || like === '') throw new Error('regions.tf has no region');
  const lines = REGIONS.map(name => `    { "${name}" = module.${name} },\n`).join('');
  let isDone = false;
  const newHead = head.replaceAll(listed, () => {
    const by = isDone ? '' : lines;
    isDone = true;
    return by;
  });
  return newHead + REGIONS.map(name => `${like.replaceAll(first, name).trimEnd()}\n`).join('\n');
}
