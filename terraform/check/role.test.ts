import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '#local/paths.ts';
import { blocksOf, pages } from '../../docs/runbook/blocks.ts';

/** What AWS's clients call a service, and IAM calls it. */
const SERVICES = {
  'auto-scaling': 'autoscaling',
  cloudwatch: 'cloudwatch',
  'cloudwatch-logs': 'logs',
} as const;

it('lets a node do what its sources ask AWS for, and nothing else; secrets come by secrets/permissions.json', () => {
  const asked = new Set<string>();
  for (const file of globSync('media-node/**/*.ts', { cwd: ROOT })) {
    if (file.endsWith('.test.ts')) continue;
    const text = readFileSync(join(ROOT, file), 'utf8');
    for (const [client, service] of Object.entries(SERVICES)) {
      const names = new RegExp(`import \\{([^}]*)\\} from '@aws-sdk/client-${client}'`).exec(text)?.[1] ?? '';
      for (const [, command] of names.matchAll(/\b(\w+)Command\b/g)) asked.add(`${service}:${command}`);
    }
  }
  const role = readFileSync(join(ROOT, 'terraform/modules/aws-region/role.tf'), 'utf8');
  const allowed = [...role.matchAll(/"((?:autoscaling|cloudwatch|logs):[A-Z]\w+)"/g)].map(
    ([, action]) => action,
  );
  expect(allowed.sort()).toEqual([...asked].sort());
});

it("lets an operator do what the runbook's commands ask Auto Scaling, EC2 and the logs for", () => {
  const policy = readFileSync(join(ROOT, 'terraform/modules/aws-secrets/main.tf'), 'utf8');
  const asked = pages().flatMap(page =>
    blocksOf(page).flatMap(({ commands }) => [
      ...commands.matchAll(/\baws (autoscaling|ec2|logs) ([a-z-]+)/g),
    ]),
  );
  expect(asked.length).toBeGreaterThan(0);
  const actions = asked.map(([, service = '', command = '']) => {
    // The command line's own word for reading a group from now on.
    const name = command === 'tail' ? 'filter-log-events' : command;
    return `${service}:${pascal(name)}`;
  });
  expect(actions.filter(action => !policy.includes(`"${action}"`))).toEqual([]);
});

/** As IAM writes what the command line calls set-desired-capacity. */
function pascal(command: string): string {
  return command.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
