import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocksOf, pages } from './blocks.ts';
import { commandsInProse } from './prose.ts';
import { usesOf } from './runs.ts';
import { variablesOf } from './variables.ts';

const ROOT = join(import.meta.dirname, '..', '..');

const PAGES = pages();

const textOf = (page: string) => readFileSync(join(import.meta.dirname, `${page}.md`), 'utf8');

/** Variables that every shell has. */
const OF_A_SHELL = ['HOME'];

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

  it.each(PAGES)('%s: each test that it names is there and runs that block', page => {
    for (const { runsIn, line } of blocksOf(page)) {
      if (runsIn === undefined) continue;
      const { file, name } = runsIn;
      const where = `${page}.md:${line}: ${file}`;
      expect(file.endsWith('.test.ts') && existsSync(join(ROOT, file)), where).toBe(true);
      const uses = usesOf(file, readFileSync(join(ROOT, file), 'utf8'));
      expect(uses, where).toContainEqual({ page, name, fault: null });
    }
  });

  it.each(PAGES)('%s has no command that is in its text alone, where nothing runs it', page => {
    const commands = blocksOf(page)
      .map(block => block.commands)
      .join('\n');
    expect(commandsInProse(textOf(page)).filter(code => !commands.includes(code))).toEqual([]);
  });

  it.each(PAGES)('%s says what each variable is that its commands want', page => {
    const text = textOf(page);
    const known = new Set(OF_A_SHELL);
    for (const { commands, line } of blocksOf(page)) {
      const { sets, uses } = variablesOf(commands);
      const unknown = uses.filter(
        name => !known.has(name) && !sets.includes(name) && !text.includes(`\`${name}`),
      );
      expect(unknown, `${page}.md:${line}`).toEqual([]);
      for (const name of sets) known.add(name);
    }
  });

  it.each(PAGES)('%s has no name twice', page => {
    const names = blocksOf(page).flatMap(({ runsIn }) => (runsIn === undefined ? [] : [runsIn.name]));
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('a command in the text', () => {
  it.each([
    ['call `npm run deploy -- --env staging`', ['npm run deploy -- --env staging']],
    ['`git checkout main`, then `terraform apply`', ['git checkout main', 'terraform apply']],
    ['`media-node/image/install.sh --parts node`', ['media-node/image/install.sh --parts node']],
    ['the file `terraform/zone`, `git` and the role `operator`', []],
    ['```sh\nnpm run deploy\n```\nof `RELEASE`', []],
  ])('is found in %j', (text, found) => {
    expect(commandsInProse(text)).toEqual(found);
  });
});
