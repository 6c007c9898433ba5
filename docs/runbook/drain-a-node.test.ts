import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { runbookBlock } from './blocks.ts';

it("the runbook finds a node's instance, group and region by its id", () => {
  const show = 'echo "$AWS_REGION $INSTANCE_ID $GROUP"';
  const text = execFileSync(
    'bash',
    ['-euo', 'pipefail', '-c', `${runbookBlock('drain-a-node', 'instance')}\n${show}`],
    {
      env: { ...process.env, NODE_ID: 'ap-southeast-2-0123456789abcdef0' },
      encoding: 'utf8',
    },
  );
  expect(text).toBe('ap-southeast-2 i-0123456789abcdef0 nearcade-staging-ap-southeast-2\n');
});
