import { NearcadeError } from '#shared/errors.ts';
import type { TicketClaims } from '#shared/ticket.ts';
import type { AdmissionMedia } from './agent/admission.ts';
import type { Participant } from './agent/participant.ts';
import type { Slot } from './agent/slot.ts';
import type { Config } from './config.ts';
import type { EdgeClient } from './fleet/edge-client.ts';
import type { EdgeClock } from './fleet/edge-clock.ts';
import type { Membership } from './fleet/membership.ts';
import type { Logger } from './log.ts';
import { RelayDoor } from './relay/relay-door.ts';
import { RelayedPlayer } from './relay/relayed-player.ts';
import { Relays } from './relay/relays.ts';
import { occupancyOf } from './report.ts';
import type { Workers } from './sfu/workers.ts';
import { SignalServer } from './signal/server.ts';
import { TicketVerifier } from './signal/ticket-verifier.ts';
import { VoidedTickets } from './signal/voided-tickets.ts';
import { sendOn } from './whep/send-on.ts';
import { WhepServer } from './whep/whep-server.ts';

export interface DoorParts {
  config: Config;
  workers: Workers;
  slots: readonly Slot[];
  edge: EdgeClient;
  clock: EdgeClock;
  /** Not asked before somebody comes. Until the node is registered there are no keys, so no ticket is good. */
  membership: () => Membership;
  /** Where players reach this node; not asked before it is registered. */
  signalUrl: () => string;
  /** Somebody came to a session of this node. */
  onAdmitted: () => void;
  isDraining: () => boolean;
  log: Logger;
  owned: AsyncDisposableStack;
}

/** Where players come in, and what others have to do with that. */
export interface Door {
  signal: SignalServer;
  relays: Relays;
  /** Tickets, and links for standard players, that are good no more. */
  voided: VoidedTickets;
  voidedLinks: VoidedTickets;
}

/** Opens the players' door: the signalling server with WHEP and the relays behind it. `owned` closes it. */
export async function openDoor(parts: DoorParts): Promise<Door> {
  const { config, workers, slots, edge, clock, membership, signalUrl, onAdmitted, isDraining, log, owned } =
    parts;
  const voided = new VoidedTickets(clock.now);
  const voidedLinks = new VoidedTickets(clock.now);
  const verifier = new TicketVerifier({
    nodeId: config.nodeId,
    jwks: () => membership().jwks,
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
    const admitted = slotOf(claims).admit(claims, participant, media);
    // A session that this begins is there already. Not waited for: whoever takes the machine in that moment lets it drain.
    onAdmitted();
    return admitted;
  };
  const relays = new Relays({
    workers,
    rtc: config.rtc,
    way: (sessionId, ticket) => edge.wayTo(membership().nodeToken, sessionId, ticket),
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
      ask: request => edge.whepWay(membership().nodeToken, request),
      log,
    }),
    signalUrl,
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
    health: () => ({ ok: !isDraining(), nodeId: config.nodeId, ...occupancyOf(slots) }),
    log,
  });
  owned.defer(async () => {
    await signal.close();
    log.info("the players' door is closed");
  });
  return { signal, relays, voided, voidedLinks };
}
