import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ProcessWatch } from './process-watch.ts';

it('sees what a program was started with, and nothing that it was told otherwise', async () => {
  const watch = new ProcessWatch();
  const [shown, hidden] = ['planted-on-a-command-line', 'planted-in-an-environment'];
  const child = spawn('sh', ['-c', 'read -r line', shown], {
    env: { HIDDEN: hidden },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(child, 'spawn');
  await sleep(200);
  child.stdin?.end(`${hidden}\n`);
  await once(child, 'close');
  const { hits } = watch.end([shown, hidden]);
  expect(hits).toEqual([expect.stringContaining(shown)]);
});
