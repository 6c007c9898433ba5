import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import type { Services } from '#edge/services.ts';
import { tableForPlay, tableGroupKey } from '#edge/social/clubs/tables.ts';
import { tellTables } from '#edge/social/clubs/tell.ts';
import { partyForPlay, partyGroupKey } from '#edge/social/parties/parties.ts';
import type { CreateSessionRequest, Entry } from '#shared/api/play.ts';
import { NearcadeError, wrongField } from '#shared/errors.ts';
import type { Player } from './admission.ts';
import { createSession } from './create.ts';
import { joinSession } from './join.ts';
import type { Wishes } from './placement.ts';

/**
 * The session of the player's party or club table: made by who asks first, joined by the others. Throws what `createSession` and
 * `joinSession` throw, `party_not_found`, `party_not_ready` (it has no session, and has started none), `club_table_not_found` or `forbidden`.
 */
export async function enterGroup(
  services: Services,
  player: Player,
  { party, table, maxPrice }: Pick<CreateSessionRequest, 'party' | 'table' | 'maxPrice'>,
  wishes: Wishes,
  idempotency: IdempotentRequest,
): Promise<Entry> {
  if (party !== undefined) return enterParty(services, player, { party, maxPrice }, wishes, idempotency);
  if (table === undefined) throw wrongField('game', 'give a game, a party or a table');
  const { game, seats, payerId } = await tableForPlay(services.db, table, player.sub);
  const group = { game, seats, payerId, maxPrice, groupKey: tableGroupKey(table) };
  const entry = await createSession(services, player, { ...group, ...wishes }, idempotency);
  await tellTables(services, [table]);
  return entry;
}

async function enterParty(
  services: Services,
  player: Player,
  { party, maxPrice = 0 }: { party: string; maxPrice?: number | undefined },
  wishes: Wishes,
  idempotency: IdempotentRequest,
): Promise<Entry> {
  const { game, mayStart } = await partyForPlay(services.db, party, player.sub);
  const groupKey = partyGroupKey(party);
  if (mayStart && game !== null) {
    return createSession(services, player, { game, groupKey, maxPrice, ...wishes }, idempotency);
  }
  try {
    return await joinSession(services, player, { groupKey }, 'player', idempotency);
  } catch (error) {
    if (!(error instanceof NearcadeError) || error.code !== 'session_not_found') throw error;
    throw new NearcadeError('party_not_ready', 'Your party has no game under way: start one together');
  }
}
