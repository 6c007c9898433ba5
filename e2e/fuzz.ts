import { parseArgs } from 'node:util';
import { Progress } from '#local/setup/progress.ts';
import { runSetup } from '#local/setup/run-setup.ts';
import { onStopSignals } from '#local/supervise/stop-signals.ts';
import { fuzzDataChannels } from './fuzz/data-channels.ts';
import { fuzzManifests } from './fuzz/manifests.ts';
import type { FuzzOptions } from './fuzz/options.ts';
import { fuzzPorts } from './fuzz/ports.ts';
import { fuzzRtp } from './fuzz/rtp.ts';
import { fuzzSignalling } from './fuzz/signalling.ts';
import { fuzzVoice } from './fuzz/voice.ts';
import { fuzzWhep } from './fuzz/whep.ts';

type Fuzzer = (options: FuzzOptions) => Promise<object>;

const FUZZERS: Record<string, Fuzzer> = {
  manifests: fuzzManifests,
  signalling: fuzzSignalling,
  'data-channels': fuzzDataChannels,
  whep: fuzzWhep,
  voice: fuzzVoice,
  rtp: fuzzRtp,
  ports: fuzzPorts,
};

const USAGE = `usage: npm run fuzz -- [--minutes 10] [--only ${Object.keys(FUZZERS).join(',')}] [--seed N]

Wrong input of every kind, so many minutes each, to what runs for real; short runs of the same are in npm test. Ends with an error and the
seed when something answers without a code, or serves no more.`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    only: { type: 'string', default: Object.keys(FUZZERS).join(',') },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    help: { type: 'boolean', default: false },
  },
});

async function main(signal: AbortSignal): Promise<number> {
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  const names = values.only.split(',');
  const isWrong =
    !(minutes > 0) || !Number.isInteger(seed) || names.some(name => FUZZERS[name] === undefined);
  if (values.help || isWrong) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  await runSetup({ forTests: true, packages: [], progress: new Progress(), signal });
  let failed = 0;
  for (const name of names) {
    signal.throwIfAborted();
    console.log(`== ${name}, seed ${seed}, ${minutes} min`);
    try {
      console.log(JSON.stringify(await FUZZERS[name]?.({ seconds: minutes * 60, seed })));
    } catch (error) {
      failed += 1;
      console.error(error);
    }
  }
  return failed === 0 ? 0 : 1;
}

const signal = onStopSignals(() => {
  console.log('Stopping ...');
  process.exit(1);
});
process.exit(await main(signal));
