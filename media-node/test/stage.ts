import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseManifest } from '#shared/manifest.ts';
import type { Phase, ServerMessage } from '#shared/signal.ts';
import type { TicketClaims } from '#shared/ticket.ts';
import type { TestEdge } from './test-edge.ts';
import { TestPlayer } from './test-player.ts';

export const GAMES = join(import.meta.dirname, '../../games');
export const { slug, version } = parseManifest(
  JSON.parse(readFileSync(join(GAMES, 'probe/game.json'), 'utf8')),
);

export type SessionClaims = Partial<TicketClaims> & { sessionId: string; sub: string; epoch: number };

/** A session that the edge has just given to the node's only slot. */
export function sessionOfEpoch(epoch: number): SessionClaims {
  return { sessionId: randomUUID(), sub: randomUUID(), epoch, game: slug, gameVersion: version };
}

/** `nodeId`: where to show the ticket; the node that registered last when absent. */
export async function arrive(
  edge: TestEdge,
  claims: Partial<TicketClaims>,
  nodeId?: string,
): Promise<TestPlayer> {
  const url = nodeId === undefined ? edge.signalUrl : edge.signalUrlOf(nodeId);
  return TestPlayer.hello(url, await edge.ticket(claims));
}

export function phase(player: TestPlayer, wanted: Phase): Promise<ServerMessage> {
  return player.waitFor(
    (message): message is ServerMessage => message.type === 'phase' && message.phase === wanted,
  );
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 20));
}
