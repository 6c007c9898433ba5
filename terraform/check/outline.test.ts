import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '#local/paths.ts';
import { type OutlineBody, outline } from './outline.ts';
import { loadSchemas } from './schemas.ts';

type Json = { [name: string]: Json | Json[] | string | number | boolean | null };
const hcl = createRequire(import.meta.url)(loadSchemas().parser) as {
  parse(file: string, text: string): Promise<Json>;
};

/** Names of what is in a body, as deep as blocks go: what the parser has too, though without telling blocks from attributes. */
function names(body: OutlineBody): string[] {
  return [
    ...body.attributes.map(({ name }) => name),
    ...body.blocks.flatMap(({ type, labels, body }) => {
      const path = [type, ...labels].join('/');
      return [path, ...names(body).map(name => `${path}/${name}`)];
    }),
  ].sort();
}

/** The same names in what the parser made: each name of ours has to lead somewhere there, and none may be left over. */
function leadsSomewhere(json: unknown, path: readonly string[]): boolean {
  const [first, ...rest] = path;
  if (first === undefined) return true;
  if (Array.isArray(json)) return json.some(one => leadsSomewhere(one, path));
  if (typeof json !== 'object' || json === null || !(first in json)) return false;
  return leadsSomewhere((json as Json)[first], rest);
}

const TRICKY = `
# a comment with a brace { and a quote "
locals {
  text = "a } \\" \${lookup({ a = "b}" }, "a")} \${"nested \${"deeper"}"}" # and a comment }
  list = [
    1, // one {
    "]", /* not the end ] */
  ]
  when = true ? { a = 1 } : {
    a = 2
  }
  percent = "%{if true}yes%{endif}"
}

resource "a_b" "c" {
  one = 1
  inner { two = 2 }
  inner {
    three = "3"
    deepest {}
  }
}
`;

it.each([
  ...globSync('terraform/**/*.tf', { cwd: ROOT }).map(
    file => [file, readFileSync(join(ROOT, file), 'utf8')] as const,
  ),
  ['tricky.tf', TRICKY] as const,
])('finds in %s what the parser finds', async (file, text) => {
  const json = await hcl.parse(file, text);
  const ours = names(outline(file, text));
  expect(ours.filter(name => !leadsSomewhere(json, name.split('/')))).toEqual([]);
  const blocks = (body: OutlineBody): number =>
    body.blocks.reduce((sum, block) => sum + 1 + blocks(block.body), 0);
  expect(blocks(outline(file, text))).toBeGreaterThan(0);
});

it('has the lines and the text of expressions', () => {
  const [locals] = outline('tricky.tf', TRICKY).blocks;
  const of = (name: string) => locals?.body.attributes.find(attribute => attribute.name === name);
  expect(of('text')).toMatchObject({ line: 4, text: expect.stringMatching(/^"a .*deeper"\}"\}"/) });
  expect(of('list')?.text).toMatch(/^\[[\s\S]*\]$/);
  expect(of('when')?.text).toMatch(/a = 2\n {2}\}$/);
});
