import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { NearcadeError } from '#shared/errors.ts';
import { InstanceMetadata } from '../cloud/instance-metadata.ts';
import { loadBootConfig } from '../image/boot-config.ts';
import { nodeIdOf } from '../image/node-config.ts';
import { createLog } from '../log.ts';
import { followJournal } from './journal.ts';
import { LogStream } from './log-stream.ts';
import { ship } from './shipper.ts';

/** Milliseconds for the last lines to be put up once it is told to end: systemd gives twice that. */
const HURRY_MS = 10_000;

/**
 * nearcade-logs.service: this machine's journal into the region's group of CloudWatch Logs (terraform/modules/aws-region), a stream a node. A
 * program of its own: it runs as nobody in particular, also while the node is down. `--journal`: another journal than the machine's.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { boot: { type: 'string' }, journal: { type: 'string' } } });
  const place = process.env.STATE_DIRECTORY;
  if (values.boot === undefined || place === undefined) {
    throw new NearcadeError(
      'config_invalid',
      'Usage: STATE_DIRECTORY=DIR node media-node/logs/main.ts --boot FILE [--journal DIR]',
    );
  }
  const log = createLog('info', { program: 'logs' });
  const { logGroup: group, region } = await loadBootConfig(values.boot);
  if (group === undefined || group === null) {
    log.info('boot.json names no logGroup: logs stay in the journal');
    return;
  }
  const stop = new AbortController();
  const hurry = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      stop.abort();
      setTimeout(() => hurry.abort(), HURRY_MS);
    });
  }
  const id = await new InstanceMetadata().instanceId();
  const stream = new LogStream({ region, group, stream: nodeIdOf(region, { id }) });
  const cursorFile = join(place, 'cursor');
  await ship({
    journal: followJournal({
      after: await readFile(cursorFile, 'utf8').catch(() => undefined),
      directory: values.journal,
      signal: stop.signal,
    }),
    stream,
    keep: async cursor => {
      await writeFile(`${cursorFile}.new`, cursor);
      await rename(`${cursorFile}.new`, cursorFile);
    },
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
    hurry: hurry.signal,
    random: Math.random,
    log,
  });
  stream.close();
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error instanceof NearcadeError ? `${error.code}: ${error.message}` : error);
    process.exit(1);
  },
);
