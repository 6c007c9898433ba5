import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocksOf } from './blocks.ts';

const linesOf = (commands: string) =>
  commands.split('\n').filter(line => line !== '' && !line.startsWith('#'));

/** The commands of the README's section on deploying. */
function readme(): string[] {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
  const section = text.split(/^## /m).find(one => one.startsWith('Deploy\n')) ?? '';
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, commands = '']) => linesOf(commands));
}

describe("the README's list of commands from empty accounts to a region where people play", () => {
  it("is of the runbook's first deploy, line by line and in its order", () => {
    const page = blocksOf('first-deploy').flatMap(({ commands }) => linesOf(commands));
    const listed = readme();
    expect(listed.length).toBeGreaterThan(40);
    expect(page.filter(line => listed.includes(line))).toEqual(listed);
  });
});
