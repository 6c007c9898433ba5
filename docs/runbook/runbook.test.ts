import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocksOf, pages } from './blocks.ts';

const ROOT = join(import.meta.dirname, '..', '..');

const PAGES = pages();

const textOf = (page: string) => readFileSync(join(import.meta.dirname, `${page}.md`), 'utf8');

describe('the runbook', () => {
  it('says how to deploy, to go back and to restore', () => {
    expect(PAGES).toEqual(expect.arrayContaining(['first-deploy', 'restore-the-database', 'roll-back']));
  });

  it.each(PAGES)('%s says of each block of commands which test runs it, or why none can', page => {
    const blocks = blocksOf(page);
    // Blocks of any other kind would go unnoticed.
    const fences = textOf(page).match(/^```.+$/gm) ?? [];
    expect(fences).toEqual(blocks.map(() => '```sh'));
    for (const { runsIn, cannotRun, line } of blocks) {
      expect(
        [runsIn, cannotRun].filter(one => one !== undefined),
        `${page}.md:${line}`,
      ).toHaveLength(1);
    }
  });

  it.each(PAGES)(
    "%s: each test that it names is there and takes that block's commands from the page",
    page => {
      for (const { runsIn, line } of blocksOf(page)) {
        if (runsIn === undefined) continue;
        const { file, name } = runsIn;
        const where = `${page}.md:${line}: ${file}`;
        expect(file.endsWith('.test.ts') && existsSync(join(ROOT, file)), where).toBe(true);
        const test = readFileSync(join(ROOT, file), 'utf8');
        // By `runbookBlock` itself, or by what runs a block in a shell (deploy/testing/run-block.ts).
        expect(test, where).toMatch(/\b(runbookBlock|runBlock)\(/);
        for (const word of [page, name])
          expect(test, `${where} does not ask for ${word}`).toContain(`'${word}'`);
      }
    },
  );

  it.each(PAGES)('%s has no name twice', page => {
    const names = blocksOf(page).flatMap(({ runsIn }) => (runsIn === undefined ? [] : [runsIn.name]));
    expect(new Set(names).size).toBe(names.length);
  });
});
