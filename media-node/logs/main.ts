import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { InstanceMetadata } from '../cloud/instance-metadata.ts';
import { loadBootConfig } from '../image/boot-config.ts';
import { LogGroup } from './log-group.ts';
import { shipLogs } from './log-shipper.ts';

/*
 * nearcade-logs.service: the logs of the node and of its Caddy into the region's group of CloudWatch Logs (terraform/modules/aws-region), from the
 * journal, which has them first. A program of its own: it runs as nobody in particular, also while the node is down.
 */
const UNITS = ['nearcade-node.service', 'caddy.service'];

async function main(): Promise<void> {
  // systemd's: what it may read of root's, and where it may write.
  const credentials = process.env.CREDENTIALS_DIRECTORY ?? '/etc/nearcade';
  const place = join(process.env.STATE_DIRECTORY ?? '/var/lib/nearcade-logs', 'cursor');
  const { logGroup, region } = await loadBootConfig(join(credentials, 'boot.json'));
  if (!logGroup) {
    console.log('boot.json names no logGroup: logs stay in the journal');
    return;
  }

  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  const group = new LogGroup({ region, name: logGroup });
  const journal = spawn('journalctl', journalArguments(readCursor(place)), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await shipLogs(createInterface({ input: journal.stdout }), {
      put: (stream, events) => group.put(stream, events),
      instance: await new InstanceMetadata().instanceId(),
      keep: async cursor => {
        await writeFile(`${place}.new`, cursor);
        await rename(`${place}.new`, place);
      },
      say: message => console.error(message),
      signal: stop.signal,
    });
    // A journal that ends by itself is no end: systemd begins anew.
    if (!stop.signal.aborted) process.exitCode = 1;
  } finally {
    journal.kill();
    group.close();
  }
}

/** From where it was left, or from the machine's start. */
function journalArguments(cursor: string | undefined): string[] {
  const from = cursor === undefined ? ['--boot', '--no-tail'] : [`--after-cursor=${cursor}`, '--no-tail'];
  return [...UNITS.map(unit => `--unit=${unit}`), '--follow', '--output=json', '--quiet', ...from];
}

function readCursor(place: string): string | undefined {
  try {
    return readFileSync(place, 'utf8');
  } catch {
    return undefined;
  }
}

await main();
