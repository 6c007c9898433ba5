import { type SQL, sql } from 'drizzle-orm';
import type { Context } from 'hono';
import type { AppEnv } from '#edge/http/context.ts';
import type { Services } from '#edge/services.ts';
import { accountsApi } from '#shared/api/accounts.ts';
import { CLIENT_HEADER, isOlder, parseClient } from '#shared/client-version.ts';
import { NearcadeError } from '#shared/errors.ts';
import { type AccountRole, hasPermission, ROLES_OF_ACCOUNTS } from '#shared/roles.ts';

/** What somebody wants to do who comes in. What has begun goes on during maintenance: `refresh`, `join` and `connect`. */
export type Entrance = 'sign_in' | 'refresh' | 'new_session' | 'join' | 'connect';

/** Neither maintenance nor any list keeps them out, so that nobody locks those out who could put it right. */
export const STAFF_ROLES = ROLES_OF_ACCOUNTS.filter(role => hasPermission(role, 'admin:read'));
/** The same for a condition: `role in (${STAFF_SQL})`. */
export const STAFF_SQL: SQL = sql.join(
  STAFF_ROLES.map(role => sql`${role}`),
  sql`, `,
);
const isStaff = (role: AccountRole) => STAFF_ROLES.includes(role);

export type Doorkeeping = Pick<Services, 'db' | 'hints' | 'now' | 'platform' | 'clientAddress'>;

/** Who wants in. No `userId`: an account is about to be made. No `role`: not known yet; ask as if it were no staff's. */
export interface Visitor {
  userId: string | null;
  role?: AccountRole;
}

/**
 * Throws `maintenance`, or `access_denied` to who is on the deny list, or not on the allow list while that is needed. Throws
 * `unavailable` when no store can say what is set and this isolate never knew.
 */
export async function requireEntry(
  services: Doorkeeping,
  visitor: Visitor,
  entrance: Entrance,
): Promise<void> {
  const refusal = await entryRefusal(services, visitor, entrance);
  if (refusal !== undefined) throw refusal;
}

/** The same as a value. */
export async function entryRefusal(
  services: Doorkeeping,
  { userId, role = 'player' }: Visitor,
  entrance: Entrance,
): Promise<NearcadeError | undefined> {
  if (isStaff(role)) return undefined;
  const { platform, clientAddress: address } = services;
  const settings = await platform.settings(services);
  if (settings === undefined) return new NearcadeError('unavailable');
  if (settings.maintenance && (entrance === 'sign_in' || entrance === 'new_session')) {
    return new NearcadeError('maintenance', settings.maintenanceText ?? undefined);
  }
  const lists = await platform.lists(services, settings);
  if (lists === undefined) return new NearcadeError('unavailable');
  if (lists.deny.has({ userId, address })) return new NearcadeError('access_denied');
  if (settings.allowOnly && !lists.allow.has({ userId, address })) {
    return new NearcadeError('access_denied', 'Only who was invited can come in for now');
  }
  return undefined;
}

/** Whether anybody may be kept out by a list at all: else nobody has to be looked up for it. */
export async function hasLists(services: Doorkeeping): Promise<boolean> {
  const settings = await services.platform.settings(services);
  return settings === undefined || settings.allowOnly || settings.rulesVersion > 0;
}

/** Signing out is for every version. The operators' routes too: a minimum that was set too high is taken back by them. */
const isForEveryVersion = (path: string) => path === accountsApi.logout.path || path.startsWith('/v1/admin/');

/**
 * Refuses clients that say that they are too old, with `update_required`. Who says nothing is let through: the header is not there to
 * keep anybody out, but to have our own clients load anew. Costs nothing but a look at the isolate's copy of the settings.
 */
export async function refuseOldClients(c: Context<AppEnv>): Promise<void> {
  const client = parseClient(c.req.header(CLIENT_HEADER));
  if (client !== undefined && !isForEveryVersion(c.req.path)) {
    const services = c.get('services');
    const settings = await services.platform.settings(services);
    const minimum = settings?.minimumVersions[client.name];
    if (minimum !== undefined && isOlder(client.version, minimum)) {
      throw new NearcadeError('update_required', `Version ${minimum} or newer is needed`, {
        details: { client: client.name, minimumVersion: minimum },
      });
    }
  }
}
