import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocksOf } from './blocks.ts';
import { variablesOf } from './variables.ts';

const ROOT = join(import.meta.dirname, '..', '..');

const linesOf = (commands: string) =>
  commands.split('\n').filter(line => line !== '' && !line.startsWith('#'));

/** The commands of the README's section on deploying. */
function readme(): string[] {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const section = text.split(/^## /m).find(one => one.startsWith('Deploy\n')) ?? '';
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, commands = '']) => linesOf(commands));
}

describe("the README's list of commands from empty accounts to a region where people play", () => {
  const listed = readme();

  it("is the runbook's first deploy, line by line, but for what not everybody needs", () => {
    const blocks = blocksOf('first-deploy');
    const needed = blocks.filter(({ optional }) => optional === undefined);
    expect(needed.length).toBeLessThan(blocks.length);
    expect(listed.length).toBeGreaterThan(40);
    expect(listed).toEqual(needed.flatMap(({ commands }) => linesOf(commands)));
  });

  it('is bash, and uses no variable that no line before has set', () => {
    execFileSync('bash', ['-n'], { input: listed.join('\n') });
    // Of any shell.
    const known = new Set(['EDITOR', 'HOME']);
    for (const line of listed) {
      const { sets, uses } = variablesOf(line);
      const unknown = uses.filter(name => !known.has(name) && !sets.includes(name));
      expect(unknown, line).toEqual([]);
      for (const name of sets) known.add(name);
    }
  });

  it('installs the Terraform that CI validates with', () => {
    const ci = readFileSync(join(ROOT, '.github', 'workflows', 'ci.yml'), 'utf8');
    const version = /terraform_version: (\d+\.\d+\.\d+)\n/.exec(ci)?.[1];
    expect(version).toBeDefined();
    expect(listed.join('\n')).toContain(`install --yes 'terraform=${version}-*'`);
  });

  it('writes into no folder that is not there yet', () => {
    const made = new Set<string>();
    for (const line of listed) {
      for (const [, folder = ''] of line.matchAll(/\bmkdir -p (\S+)/g)) made.add(folder);
      for (const [, file = ''] of line.matchAll(/> ([\w./-]+)$/g)) {
        const folder = dirname(file);
        expect(made.has(folder) || existsSync(join(ROOT, folder)), line).toBe(true);
      }
    }
    expect([...made]).toEqual(['.nearcade/first-deploy']);
  });
});
