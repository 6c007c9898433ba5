import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { NEARCADE_DIR } from '#local/paths.ts';
import { seed } from '#local/seed.ts';
import { Progress } from '#local/setup/progress.ts';
import { runSetup } from '#local/setup/run-setup.ts';
import { onStopSignals } from '#local/supervise/stop-signals.ts';
import { startTestServices } from '#local/test/services.ts';
import { callApi } from '#shared/api/client.ts';
import { fleetApi } from '#shared/api/fleet.ts';
import { playApi } from '#shared/api/play.ts';
import { walletApi } from '#shared/api/wallet.ts';
import { NearcadeError } from '#shared/errors.ts';
import { type Claims, measureClaims } from './control/claims.ts';
import { BenchFleet } from './control/fleet.ts';
import { makeOperator, makePlayers } from './control/players.ts';
import { measureReads, type Reads } from './control/reads.ts';
import { Counter, countRoundTrips, type RoundTrips } from './control/round-trips.ts';
import { startBareWorker, startControlPlane } from './control/worker.ts';

const USAGE = `usage: npm run bench:control -- [--claims 20000] [--callers 64] [--durable]

Allocation on the real local Postgres from raw workerd: claims, releases and node losses at once; a verified read beside a
bare Hono route; round trips to the stores. A table, then a line of JSON.`;

/** More than all callers hold at once, so that no claim has to queue, also while a node is lost. */
const NODES = 40;
const SLOTS_PER_NODE = 16;

/** So many that a player comes round again only after the queue has told the end of their last session. */
const PLAYERS_PER_CALLER = 60;

/** What the platform has to reach, of issue "The control plane, whole". */
const MARKS = {
  claimsPerSecond: 400,
  claimP99Ms: 250,
  readRatio: 1.5,
  claim: 1,
  walletMove: 1,
  heartbeat: 2,
};

async function main(signal: AbortSignal): Promise<number> {
  const { values } = parseArgs({
    options: {
      claims: { type: 'string', default: '20000' },
      callers: { type: 'string', default: '64' },
      durable: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [wanted, callers] = [Number(values.claims), Number(values.callers)];
  await runSetup({ forTests: true, progress: new Progress(), signal });
  const begun = new Date();
  const result = await measure(wanted, callers, values.durable, signal);
  console.log(`\n${table(result)}\n`);
  const folder = join(NEARCADE_DIR, 'bench');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `control-${begun.toISOString().replaceAll(':', '-')}.json`);
  const [cpu] = cpus();
  const summary = {
    bench: 'control',
    durable: values.durable,
    at: begun.toISOString(),
    cpu: cpu?.model,
    cores: cpus().length,
    ...result,
  };
  writeFileSync(file, `${JSON.stringify(summary, null, 2)}\n`);
  console.log(JSON.stringify(summary));
  return 0;
}

interface Result {
  claims: Claims;
  reads: Reads;
  roundTrips: RoundTrips;
}

async function measure(
  wanted: number,
  callers: number,
  durable: boolean,
  signal: AbortSignal,
): Promise<Result> {
  await using stack = new AsyncDisposableStack();
  const services = stack.adopt(await startTestServices({ durable }), one => one.close());
  const folder = mkdtempSync(join(NEARCADE_DIR, 'bench-control-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const settings = services.workerSettings;
  await seed(services.data.postgres.url);
  const database = new pg.Client({ connectionString: services.data.postgres.url });
  await database.connect();
  stack.defer(() => database.end());
  const neon = stack.adopt(await Counter.open(settings.NEON_FETCH_ENDPOINT), one => one.close());
  const upstash = stack.adopt(await Counter.open(settings.UPSTASH_REDIS_REST_URL), one => one.close());
  const own = <T extends { close(): Promise<void> }>(part: T): T => stack.adopt(part, one => one.close());
  const counted = own(
    await startControlPlane(folder, {
      ...settings,
      NEON_FETCH_ENDPOINT: neon.through(settings.NEON_FETCH_ENDPOINT),
      UPSTASH_REDIS_REST_URL: upstash.through(settings.UPSTASH_REDIS_REST_URL),
    }),
  );
  const control = own(await startControlPlane(folder, settings));
  const bare = own(await startBareWorker(folder));
  const players = await makePlayers(database, settings.SIGNING_JWKS, callers * PLAYERS_PER_CALLER + 1);
  const [spare, ...rest] = players;
  if (spare === undefined) throw new Error('one was made');
  const { rows } = await database.query<{ slug: string; version: string }>(
    `select slug, version from games where slug = 'probe'`,
  );
  const [game] = rows;
  if (game === undefined) throw new Error('the catalogue has no probe');
  const fleet = new BenchFleet({
    origin: control.url,
    nodes: NODES,
    registrationKey: settings.NODE_REGISTRATION_KEY,
    database,
    game,
    slotsPerNode: SLOTS_PER_NODE,
  });
  stack.defer(() => fleet.close());
  await fleet.grow(NODES);

  const operator = await makeOperator(database, settings.SIGNING_JWKS);
  console.log('round trips');
  const asSpare = (idempotencyKey: string) => ({
    fetch,
    origin: counted.url,
    token: spare.token,
    idempotencyKey,
  });
  const act = {
    claim: async () => {
      const entry = await callApi(
        playApi.create,
        { body: { game: game.slug } },
        asSpare(crypto.randomUUID()),
      );
      return () => callApi(playApi.end, { params: { id: entry.session.id } }, asSpare(crypto.randomUUID()));
    },
    walletMove: (key: string) => topUp(counted.url, operator.token, spare.id, key),
    heartbeat: () => {
      const node = fleet.nodes[0];
      const load = { cpu: 0.5, sessions: 0, viewers: 0 };
      const body = { state: 'ready' as const, load, sessions: [] };
      return callApi(fleetApi.heartbeat, { body }, { fetch, origin: counted.url, token: node?.token });
    },
  };
  const roundTrips = await countRoundTrips({ neon, upstash, ...act });
  signal.throwIfAborted();
  console.log('reads');
  const reads = await measureReads(control, bare, spare);
  signal.throwIfAborted();
  console.log('claims');
  const claims = await measureClaims({
    origin: control.url,
    callers,
    wanted,
    players: rest,
    fleet,
    database,
    game: game.slug,
    runChores: () => control.runCron(),
    signal,
  });
  return { claims, reads, roundTrips };
}

function topUp(origin: string, token: string, userId: string, idempotencyKey: string) {
  const input = { params: { userId }, body: { amount: 1, reason: 'Benchmark' } };
  return callApi(walletApi.topUp, input, { fetch, origin, token, idempotencyKey });
}

function table({ claims, reads, roundTrips }: Result): string {
  const mark = (isReached: boolean) => (isReached ? 'reached' : 'MISSED');
  const rows: [what: string, figure: string, wanted: string, isReached: boolean][] = [
    [
      'claims a second',
      claims.perSecond.toFixed(0),
      `>= ${MARKS.claimsPerSecond}`,
      claims.perSecond >= MARKS.claimsPerSecond,
    ],
    [
      'claim p50 / p99, ms',
      `${claims.p50.toFixed(0)} / ${claims.p99.toFixed(0)}`,
      `p99 < ${MARKS.claimP99Ms}`,
      claims.p99 < MARKS.claimP99Ms,
    ],
    [`double claims of ${claims.claims}`, String(claims.doubleClaims), '0', claims.doubleClaims === 0],
    [
      `lost slots after ${claims.releases} releases, ${claims.nodeLosses} node losses`,
      String(claims.lostSlots),
      '0',
      claims.lostSlots === 0,
    ],
    [
      'verified read / bare Hono route, time',
      `${reads.ratio.toFixed(2)} (${reads.verified.perSecond.toFixed(0)}/s, ${reads.bare.perSecond.toFixed(0)}/s)`,
      `<= ${MARKS.readRatio}`,
      reads.ratio <= MARKS.readRatio,
    ],
    [
      'Neon round trips of a claim',
      String(roundTrips.claim),
      `<= ${MARKS.claim}`,
      roundTrips.claim <= MARKS.claim,
    ],
    [
      `Neon round trips of a wallet move (beside ${roundTrips.besideWalletMove} of the operator's act)`,
      String(roundTrips.walletMove),
      `<= ${MARKS.walletMove}`,
      roundTrips.walletMove <= MARKS.walletMove,
    ],
    [
      'Redis commands of a heartbeat',
      String(roundTrips.heartbeat),
      `<= ${MARKS.heartbeat}`,
      roundTrips.heartbeat <= MARKS.heartbeat,
    ],
  ];
  const width = (index: 0 | 1 | 2) => Math.max(...rows.map(row => row[index].length));
  return rows
    .map(([what, figure, wanted, isReached]) =>
      [what.padEnd(width(0)), figure.padStart(width(1)), wanted.padEnd(width(2)), mark(isReached)].join('  '),
    )
    .join('\n');
}

const signal = onStopSignals(() => console.log('Stopping ...'));
try {
  process.exitCode = await main(signal);
} catch (error) {
  if (!signal.aborted) {
    console.error(error instanceof NearcadeError ? error.message : error);
    process.exitCode = 1;
  }
}
process.exit();
