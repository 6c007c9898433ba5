import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { NearcadeError } from '#shared/errors.ts';
import type { TicketClaims } from '#shared/ticket.ts';
import type { AdmissionMedia } from './agent/admission.ts';
import type { Participant } from './agent/participant.ts';
import type { Slot } from './agent/slot.ts';
import { systemClock } from './clock.ts';
import { type Config, loadConfig } from './config.ts';
import { ControlChannel } from './fleet/control-channel.ts';
import { EdgeClient } from './fleet/edge-client.ts';
import { EdgeClock } from './fleet/edge-clock.ts';
import { Membership } from './fleet/membership.ts';
import { OrderDesk } from './fleet/order-desk.ts';
import { orderHandlers } from './fleet/order-handlers.ts';
import { OrderedDrain } from './fleet/ordered-drain.ts';
import { Outbox } from './fleet/outbox.ts';
import { loadGames } from './games.ts';
import { Capacity } from './load/capacity.ts';
import { createLog, type Logger } from './log.ts';
import { Figures } from './metrics/figures.ts';
import { MetricsServer } from './metrics/server.ts';
import { openSecrets } from './open-secrets.ts';
import { openSlots } from './open-slots.ts';
import { Recordings } from './record/recordings.ts';
import { RecordingsApi } from './record/recordings-api.ts';
import { RelayDoor } from './relay/relay-door.ts';
import { RelayedPlayer } from './relay/relayed-player.ts';
import { Relays } from './relay/relays.ts';
import { occupancyOf, reportOf } from './report.ts';
import { saveTimes } from './saves/policy.ts';
import { SaveDesk } from './saves/save-desk.ts';
import { SavesApi } from './saves/saves-api.ts';
import { Workers } from './sfu/workers.ts';
import { SignalServer } from './signal/server.ts';
import { TicketVerifier } from './signal/ticket-verifier.ts';
import { VoidedTickets } from './signal/voided-tickets.ts';
import { listenForStop, type StopRequests } from './stop-requests.ts';
import { sendOn } from './whep/send-on.ts';
import { WhepServer } from './whep/whep-server.ts';

/** What the edge shows in its list of nodes. */
const VERSION = '0.1.0';

/** Milliseconds for saves of sessions that are over to be put up: the edge takes none from a node that has left. */
const SAVES_FLUSH_MS = 10_000;

/** Milliseconds for the last events to reach the edge; what is left then stays on disk. */
const FLUSH_MS = 3000;

interface MediaNode {
  slots: Slot[];
  membership: Membership;
  outbox: Outbox;
  saves: SaveDesk;
  signal: SignalServer;
  leave: () => Promise<void>;
  /** Set when the node begins to drain. */
  draining: boolean;
  log: Logger;
}

/** Boots in the order below; `owned` gives everything back in the reverse order, also when the boot fails half-way. */
async function boot(
  config: Config,
  log: Logger,
  stop: StopRequests,
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

  // 4. The players' door. Until the node is registered there are no keys, so no ticket is good.
  const voided = new VoidedTickets(clock.now);
  const voidedLinks = new VoidedTickets(clock.now);
  const verifier = new TicketVerifier({
    nodeId: config.nodeId,
    jwks: () => node.membership.jwks,
    now: clock.now,
    startedAt: clock.startedAt,
  });
  const slotOf = (claims: Pick<TicketClaims, 'slot'>): Slot => {
    const slot = slots[claims.slot];
    if (slot === undefined) throw new NearcadeError('ticket_invalid', 'This node has no such slot');
    return slot;
  };
  const checkVoided = (claims: TicketClaims, isLink: boolean) => {
    voided.check(claims);
    if (isLink) voidedLinks.check(claims);
  };
  const admit = async (claims: TicketClaims, participant: Participant, media?: AdmissionMedia) => {
    checkVoided(claims, participant.unlisted === true);
    return slotOf(claims).admit(claims, participant, media);
  };
  const relays = new Relays({
    workers,
    rtc: config.rtc,
    way: (sessionId, ticket) => edge.wayTo(node.membership.nodeToken, sessionId, ticket),
    log,
  });
  owned.defer(() => relays.close());
  const relayDoor = new RelayDoor({
    rtc: config.rtc,
    verifyRelay: ticket => verifier.verifyRelay(ticket),
    verifySpectator: (ticket, relayId) => verifier.verifyRelayed(ticket, relayId),
    admit,
    roomOf: claims => slotOf(claims).roomOf(claims),
    log,
  });
  owned.defer(() => relayDoor.close());
  const publicUrl = () => config.signal.publicUrl.replace('{port}', String(signal.port));
  const whep = new WhepServer({
    verify: async token => {
      const claims = await verifier.verifyWhep(token);
      // Before it is sent on to a relay by a fresh ticket.
      checkVoided(claims, true);
      return claims;
    },
    admit,
    verifySentOn: ticket => verifier.verifySentOn(ticket),
    admitSentOn: ticket => (claims, participant, media) =>
      RelayedPlayer.open(relays, claims, ticket, participant, media),
    sendOn: sendOn({
      region: config.region,
      slotOf,
      ask: request => edge.whepWay(node.membership.nodeToken, request),
      log,
    }),
    signalUrl: publicUrl,
    log,
  });
  owned.defer(() => whep.close());
  const signal = await SignalServer.open({
    host: config.signal.host,
    port: config.signal.port,
    verify: ticket => verifier.verify(ticket),
    admit: (claims, participant, ticket) => {
      const isHere = claims.origin === undefined || claims.origin === config.nodeId;
      return isHere ? admit(claims, participant) : relays.admit(claims, ticket, participant);
    },
    takeRelay: (socket, localAddress) => relayDoor.take(socket, localAddress),
    handle: (request, response) => whep.handle(request, response),
    health: () => ({ ok: !node.draining, nodeId: config.nodeId, ...occupancyOf(slots) }),
    log,
  });
  owned.defer(() => signal.close());

  // 5. The fleet: from here on the edge sends players and orders.
  const orderedDrain = new OrderedDrain(slots, { ...systemClock, now: clock.now });
  owned.defer(() => orderedDrain.cancel());
  const onStateChanged = () => node.membership.beatNow();
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
    outbox,
    saves,
    signal,
    leave: () => edge.leave(node.membership.nodeToken),
    draining: false,
    log,
    membership: new Membership({
      edge,
      secrets,
      registration: {
        nodeId: config.nodeId,
        bootId: randomUUID(),
        region: config.region,
        signalUrl: publicUrl(),
        slots: config.slots,
        version: VERSION,
        canRelay: config.relay,
        games: [...games.values()].map(({ manifest: { slug, version } }) => ({ slug, version })),
      },
      report: () =>
        reportOf({
          slots,
          orders,
          capacity,
          relayed: relays.spectators,
          draining: node.draining || orderedDrain.isOn,
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
    isDraining: () => node.draining || orderedDrain.isOn,
  });
  owned.defer(() => figures.close());
  const metrics = await MetricsServer.open({ address: config.metrics, gather: () => figures.gather() });
  owned.defer(() => metrics.close());
  log.info({ port: metrics.port }, 'figures and health are served');
  await Promise.race([node.membership.join().then(() => control.open()), stop.drain]);
  return node;
}

/** Drains in the order below: nobody who plays is cut off before the announced deadline. */
async function drain(node: MediaNode, config: Config, stop: StopRequests): Promise<void> {
  const { slots, membership, outbox, log } = node;

  // 1. No new session: the edge hears of it at once, the slots refuse by themselves.
  const deadline = Date.now() + config.drainSeconds * 1000;
  node.draining = true;
  membership.beatNow();
  log.info({ deadline: new Date(deadline).toISOString(), ...occupancyOf(slots) }, 'draining');

  // 2. Free slots and those without players end now, players are told the deadline.
  for (const slot of slots) slot.drain(deadline);
  const ended = Promise.all(slots.map(slot => slot.ended()));
  const timeUp = new AbortController();
  await Promise.race([
    ended,
    stop.hurry,
    sleep(config.drainSeconds * 1000, undefined, { signal: timeUp.signal }).catch(() => undefined),
  ]);
  timeUp.abort();

  // 3. Time is up: what still plays ends, with its reason.
  for (const slot of slots) slot.stop('node_draining');
  await ended;

  // 4. The edge learns how everything ended, and that nobody is here any more.
  await Promise.all([outbox.flush(FLUSH_MS), node.saves.flush(SAVES_FLUSH_MS)]);
  await membership.close();
  await node.leave().catch((err: unknown) => log.warn({ err }, 'could not say that the node leaves'));
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) {
    throw new NearcadeError('config_invalid', 'Usage: node media-node/main.ts --config FILE');
  }
  const config = await loadConfig(values.config, process.env);
  const log = createLog(config.logLevel, { nodeId: config.nodeId });
  const stop = listenForStop();
  const start = performance.now();
  await using owned = new AsyncDisposableStack();
  try {
    const node = await boot(config, log, stop, owned);
    log.info(
      { port: node.signal.port, slots: config.slots, ms: Math.round(performance.now() - start) },
      'node is up',
    );
    await stop.drain;
    await drain(node, config, stop);
  } catch (error) {
    log.fatal({ err: error }, 'the node cannot run');
    process.exitCode = 1;
  }
  await owned.disposeAsync();
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
