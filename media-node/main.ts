import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { NearcadeError } from '#shared/errors.ts';
import { systemClock } from './clock.ts';
import { type Config, loadConfig } from './config.ts';
import { type DrainedNode, drain } from './drain.ts';
import { ControlChannel } from './fleet/control-channel.ts';
import { EdgeClient } from './fleet/edge-client.ts';
import { EdgeClock } from './fleet/edge-clock.ts';
import { Membership } from './fleet/membership.ts';
import { OrderDesk } from './fleet/order-desk.ts';
import { orderHandlers } from './fleet/order-handlers.ts';
import { OrderedDrain } from './fleet/ordered-drain.ts';
import { Outbox } from './fleet/outbox.ts';
import { loadGames } from './games.ts';
import { Departure } from './life/departure.ts';
import { type FleetLife, openFleetLife } from './life/fleet-life.ts';
import { Resting } from './life/resting.ts';
import { servingNode } from './life/serving.ts';
import { Capacity } from './load/capacity.ts';
import { createLog, type Logger } from './log.ts';
import { Figures } from './metrics/figures.ts';
import { MetricsServer } from './metrics/server.ts';
import { openNaming } from './naming/naming.ts';
import { openDoor } from './open-door.ts';
import { openSecrets } from './open-secrets.ts';
import { openSlots } from './open-slots.ts';
import { Recordings } from './record/recordings.ts';
import { RecordingsApi } from './record/recordings-api.ts';
import { reportOf } from './report.ts';
import { saveTimes } from './saves/policy.ts';
import { SaveDesk } from './saves/save-desk.ts';
import { SavesApi } from './saves/saves-api.ts';
import { Workers } from './sfu/workers.ts';
import type { SignalServer } from './signal/server.ts';
import { listenForStop } from './stop-requests.ts';
import { releaseVersion } from './version.ts';

/** Exit status of a node that has left because its machine goes: nobody should start it again (image/units/nearcade-node.service). */
const EXIT_MACHINE_GOES = 10;

interface MediaNode extends DrainedNode {
  membership: Membership;
  signal: SignalServer;
}

/** Boots in the order below; `owned` gives everything back in the reverse order, also when the boot fails half-way. */
async function boot(
  config: Config,
  log: Logger,
  departure: Departure,
  life: FleetLife,
  owned: AsyncDisposableStack,
): Promise<MediaNode> {
  // 1. What it takes to play: games, mediasoup workers.
  const games = await loadGames(config.gamesDir, config.gamesBuildDir, log);
  const workers = await Workers.open({ count: config.workers, log });
  owned.defer(() => workers.close());

  // 2. Who the edge is: events of an earlier run wait here until the node is registered.
  const edge = new EdgeClient(config.edgeUrl);
  const outbox = await Outbox.open({
    path: join(config.dataDir, 'outbox.jsonl'),
    send: events => edge.sendEvents(node.membership.nodeToken, events),
    log,
  });
  owned.defer(() => outbox.close());

  const saves = await SaveDesk.open({
    dataDir: config.dataDir,
    api: new SavesApi({ edgeUrl: config.edgeUrl, token: () => node.membership.nodeToken }),
    times: saveTimes(config.saves),
    clock: { ...systemClock, now: () => performance.now() },
    log,
  });
  owned.defer(() => saves.close());
  const capacity = await Capacity.open({ config, games, log, onChanged: () => node.membership.beatNow() });

  // 3. The slots, warm. Their events are stamped by the edge's clock.
  const clock = new EdgeClock(Date.now);
  const runtimeDir = await mkdtemp(join(config.runtimeDir ?? tmpdir(), 'nearcade-'));
  owned.defer(() => rm(runtimeDir, { recursive: true, force: true }));
  const recordings = await Recordings.open({
    dir: join(config.dataDir, 'recordings'),
    api: new RecordingsApi({ edgeUrl: config.edgeUrl, token: () => node.membership.nodeToken }),
    log,
  });
  owned.defer(() => recordings.close());
  const slots = await openSlots({
    config,
    games,
    workers,
    capacity,
    outbox,
    saves,
    recordings,
    runtimeDir,
    clock,
    edgeWasAway: withinMs => node.membership.wasAway(withinMs),
    log,
    owned,
  });

  const orderedDrain = new OrderedDrain(slots, { ...systemClock, now: clock.now });
  owned.defer(() => orderedDrain.cancel());
  const onStateChanged = () => node.membership.beatNow();
  const resting = new Resting({ onChanged: onStateChanged, log });
  const isDraining = () => departure.isOn || orderedDrain.isOn || resting.isOn;
  // What is opened late and closed after the players' door: health says no for as long as it can be asked.
  const lasting = owned.use(new AsyncDisposableStack());

  // 4. The players' door.
  const { signal, relays, voided, voidedLinks } = await openDoor({
    ...{ config, workers, slots, edge, clock, isDraining, log, owned },
    membership: () => node.membership,
    signalUrl: () => naming.signalUrl,
    onAdmitted: () => life.look(),
  });

  // 5. The fleet: from here on the edge sends players and orders, to the node's public name.
  const bootId = randomUUID();
  const naming = openNaming({ config, bootId, port: signal.port, log });
  const orders = new OrderDesk(
    orderHandlers({ slots, voided, voidedLinks, drain: orderedDrain, onStateChanged }),
    log,
  );
  const control = new ControlChannel({
    edgeUrl: config.edgeUrl,
    token: () => node.membership.nodeToken,
    onOrders: list => orders.carryOut(list),
    log,
  });
  owned.defer(() => control.close());
  const secrets = openSecrets(config.secrets, log);
  owned.defer(async () => secrets.close());
  const node: MediaNode = {
    slots,
    orderedDrain,
    outbox,
    saves,
    recordings,
    signal,
    leave: async () => edge.leave(node.membership.nodeToken),
    log,
    membership: new Membership({
      edge,
      secrets,
      signalUrl: (fleetKey, stopped) => naming.settle(fleetKey, stopped),
      registration: {
        nodeId: config.nodeId,
        bootId,
        region: config.region,
        slots: config.slots,
        version: releaseVersion(),
        canRelay: config.relay,
        games: [...games.values()].map(({ manifest: { slug, version } }) => ({ slug, version })),
      },
      report: () =>
        reportOf({
          slots,
          orders,
          capacity,
          relayed: relays.spectators,
          draining: isDraining(),
        }),
      onEndSession: id => slots.find(slot => slot.session?.id === id)?.stop('node_lost'),
      onOrders: list => orders.carryOutFromHeartbeat(list),
      onRegistered: () => {
        control.reconnect();
        saves.start();
        recordings.start();
        outbox.deliver();
      },
      clock,
      log,
    }),
  };
  owned.defer(() => node.membership.close());
  await capacity.measure(slots);
  owned.defer(() => capacity.close());

  // 6. What operators and their tools see.
  const figures = new Figures({
    slots,
    workers,
    capacity,
    outbox,
    membership: () => node.membership,
    isDraining,
  });
  owned.defer(() => figures.close());
  const metrics = await MetricsServer.open({ address: config.metrics, gather: () => figures.gather() });
  lasting.defer(() => metrics.close());
  log.info({ port: metrics.port }, 'figures and health are served');

  // 7. Who starts and ends this machine.
  await life.begin({ onNotice: notice => departure.note(notice), onRest: why => resting.set(why) });
  const takesSessions = () => !isDraining();
  const { size } = games;
  const serving = servingNode({
    ...{ slots, saves, recordings, outbox, capacity, takesSessions },
    membership: node.membership,
    now: clock.now,
    games: size,
  });
  // A machine that is taken away already joins the fleet only to put up what an earlier run has left.
  if (departure.isOn && !serving.isHeld()) return node;
  const joined = node.membership.join().then(() => control.open());
  await Promise.race([joined, departure.begun]);
  if (!departure.isOn) life.serve(serving);
  return node;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) {
    throw new NearcadeError('config_invalid', 'Usage: node media-node/main.ts --config FILE');
  }
  const config = await loadConfig(values.config, process.env);
  const log = createLog(config.logLevel, { nodeId: config.nodeId });
  const departure = new Departure({ graceMs: config.drainSeconds * 1000, clock: systemClock, log });
  listenForStop(isFirst => departure.note({ kind: isFirst ? 'signal' : 'hurry' }));
  const start = performance.now();
  const life = openFleetLife(config.fleet, log);
  await using owned = new AsyncDisposableStack();
  try {
    const node = await boot(config, log, departure, life, owned);
    log.info(
      { port: node.signal.port, slots: config.slots, ms: Math.round(performance.now() - start) },
      'node is up',
    );
    await departure.begun;
    await drain(node, departure);
  } catch (error) {
    log.fatal({ err: error }, 'the node cannot run');
    process.exitCode = 1;
    if (!departure.isOn) await life.failed();
  }
  departure.close();
  await owned.disposeAsync();
  await life.left();
  await life.close();
  if (departure.takesDisk) process.exitCode ??= EXIT_MACHINE_GOES;
  log.info('node is gone');
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    // Before there is a log: the configuration is wrong.
    console.error(error instanceof NearcadeError ? `${error.code}: ${error.message}` : error);
    process.exit(1);
  },
);
