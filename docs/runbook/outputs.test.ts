import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocksOf, pages } from './blocks.ts';

const TERRAFORM = join(import.meta.dirname, '..', '..', 'terraform');

const commands = pages()
  .flatMap(blocksOf)
  .map(block => block.commands)
  .join('\n');

/** What each output of a folder has: its fields, or itself. */
function outputsOf(folder: string): string[] {
  const text = readFileSync(join(TERRAFORM, 'environments', folder, 'outputs.tf'), 'utf8');
  return [...text.matchAll(/^output "(\w+)" \{\n([\s\S]*?)^\}/gm)].flatMap(([, name = '', body = '']) => {
    const fields = [...body.matchAll(/^ {4,}(\w+) += [^{\n]*$/gm)].map(([, field = '']) => field);
    return fields.length === 0 ? [name] : fields;
  });
}

describe('what Terraform puts out', () => {
  it.each(['staging', 'production'])('of %s is read by a command of the runbook', name => {
    const outputs = outputsOf(name);
    expect(outputs).toEqual(expect.arrayContaining(['zone_id', 'mail_user', 'log_group']));
    expect(outputs.filter(output => !new RegExp(`\\.${output}\\b`).test(commands))).toEqual([]);
  });
});
