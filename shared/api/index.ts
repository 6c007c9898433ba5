import { accountsApi } from './accounts.ts';
import { adminAuditApi } from './admin.ts';
import { adminBacklogApi } from './admin-backlog.ts';
import { adminFleetApi } from './admin-fleet.ts';
import { adminNumbersApi } from './admin-numbers.ts';
import { adminPlatformApi } from './admin-platform.ts';
import { adminPlayersApi } from './admin-players.ts';
import { catalogApi } from './catalog.ts';
import { chatApi } from './chat.ts';
import { clubsApi } from './clubs.ts';
import type { EndpointSpec } from './endpoint.ts';
import { fleetApi } from './fleet.ts';
import { friendsApi } from './friends.ts';
import { historyApi } from './history.ts';
import { invitesApi } from './invites.ts';
import { liveApi } from './live.ts';
import { mailApi } from './mail.ts';
import { myAccountApi } from './my-account.ts';
import { oidcApi } from './oidc.ts';
import { partiesApi } from './parties.ts';
import { passkeysApi } from './passkeys.ts';
import { playApi } from './play.ts';
import { presenceApi } from './presence.ts';
import { publishingApi } from './publishing.ts';
import { nodeRecordingsApi, recordingsApi } from './recordings.ts';
import { roomsApi } from './rooms.ts';
import { saveSharesApi } from './save-shares.ts';
import { nodeSavesApi, savesApi } from './saves.ts';
import { seatsApi } from './seats.ts';
import { serviceApi } from './service.ts';
import { walletApi } from './wallet.ts';

/** The whole API, a group a capability. A test holds what is served and documented against it. */
export const API = {
  accounts: accountsApi,
  adminAudit: adminAuditApi,
  adminBacklog: adminBacklogApi,
  adminFleet: adminFleetApi,
  adminNumbers: adminNumbersApi,
  adminPlatform: adminPlatformApi,
  adminPlayers: adminPlayersApi,
  catalog: catalogApi,
  chat: chatApi,
  clubs: clubsApi,
  fleet: fleetApi,
  friends: friendsApi,
  oidc: oidcApi,
  invites: invitesApi,
  passkeys: passkeysApi,
  parties: partiesApi,
  history: historyApi,
  mail: mailApi,
  myAccount: myAccountApi,
  live: liveApi,
  play: playApi,
  presence: presenceApi,
  publishing: publishingApi,
  recordings: recordingsApi,
  nodeRecordings: nodeRecordingsApi,
  saves: savesApi,
  saveShares: saveSharesApi,
  nodeSaves: nodeSavesApi,
  rooms: roomsApi,
  seats: seatsApi,
  service: serviceApi,
  wallet: walletApi,
} as const;

export const ENDPOINTS: readonly EndpointSpec[] = Object.values(API).flatMap(group => Object.values(group));
