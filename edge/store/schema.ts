/**
 * What Postgres decides, a file a capability. `npm run generate` makes the migration of a change. drizzle-kit compiles
 * these files on its own and knows no "imports" of package.json: hence their relative paths.
 */
export * from './schema/accounts.ts';
export * from './schema/admin.ts';
export * from './schema/catalog.ts';
export * from './schema/chat.ts';
export * from './schema/clubs.ts';
export * from './schema/credentials.ts';
export * from './schema/fleet.ts';
export * from './schema/friends.ts';
export * from './schema/history.ts';
export * from './schema/invites.ts';
export * from './schema/mail.ts';
export * from './schema/node-names.ts';
export * from './schema/parties.ts';
export * from './schema/play.ts';
export * from './schema/recordings.ts';
export * from './schema/requests.ts';
export * from './schema/rooms.ts';
export * from './schema/save-shares.ts';
export * from './schema/saves.ts';
export * from './schema/seats.ts';
export * from './schema/wallet.ts';
