import { parseArgs } from 'node:util';
import { ensureNative } from '#media-node/encode/build-native.ts';
import { table } from './growth.ts';
import { soak } from './soak.ts';

const USAGE = `npm run soak -- [--minutes N] [--presses N]
  --minutes N   how long sessions follow one another (default 60)
  --presses N   presses each time that the player is there (default 20)`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    presses: { type: 'string', default: '20' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const minutes = Number(values.minutes);
const presses = Number(values.presses);
if (values.help || !(minutes > 0) || !(presses > 0)) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}
await ensureNative();
const result = await soak({
  minutes,
  presses,
  onSession: (sessions, line) => {
    if (sessions % 5 === 0) console.log(`${sessions} sessions: ${line}`);
  },
});
console.log(`${result.sessions} sessions, ${result.presses} presses in ${minutes} minutes`);
console.log(table(result.verdicts));
console.log(JSON.stringify(result));
process.exit(result.verdicts.some(({ grows }) => grows) ? 1 : 0);
