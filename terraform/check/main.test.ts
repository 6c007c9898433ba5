import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '#local/paths.ts';
import { STAGES } from '#local/test/stages.ts';
import { loadSchemas } from './schemas.ts';

it('is a stage of npm test, which says what it held terraform/ against and whether its format was looked at', () => {
  const stage = STAGES.find(({ name }) => name === 'terraform');
  expect(stage?.command).toEqual([join(ROOT, 'terraform', 'check', 'main.ts')]);
  // As on a machine without Terraform: nothing can be found by its name, npm neither, so that the schemas have to be there.
  loadSchemas();
  const { status, stdout } = spawnSync(process.execPath, stage?.command ?? [], {
    encoding: 'utf8',
    env: { ...process.env, PATH: '/nowhere' },
  });
  expect(stdout).toContain('terraform/ agrees with hashicorp/aws 6.25.0');
  expect(stdout).toContain('terraform is not installed here: the format of terraform/ was not looked at');
  expect(status).toBe(0);
});
