import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { blocksOf } from './blocks.ts';

const TERRAFORM = join(import.meta.dirname, '..', '..', 'terraform');

it('finds bucket and key of the state by the names that they were made with', () => {
  const bootstrap = readFileSync(join(TERRAFORM, 'bootstrap', 'main.tf'), 'utf8');
  const commands = blocksOf('another-clone')
    .map(block => block.commands)
    .join('\n');
  const nameOf = (type: string, attribute: string) =>
    new RegExp(`^resource "${type}" "state" \\{\\n +${attribute} += "([^"]+)"`, 'm').exec(bootstrap)?.[1];
  const bucket = nameOf('aws_s3_bucket', 'bucket')?.replace(/\$\{var\.account_id\}$/, '$aws_account');
  expect(bucket).toMatch(/\$aws_account$/);
  expect(commands).toContain(`-backend-config="bucket=${bucket}"`);
  const alias = nameOf('aws_kms_alias', 'name');
  expect(alias).toMatch(/^alias\//);
  expect(commands).toContain(`--key-id ${alias} `);
});

it('tells Terraform all that the parts leave open, which the first deploy tells it too', () => {
  const told = (page: string) => [
    ...new Set(
      blocksOf(page).flatMap(({ commands }) =>
        [...commands.matchAll(/-backend-config="(\w+)=/g)].map(([, setting]) => setting),
      ),
    ),
  ];
  expect(told('another-clone').sort()).toEqual(told('first-deploy').sort());
});
