import { connect } from '#deploy/migrations/connect.ts';
import { readMigrations } from '#deploy/migrations/files.ts';
import { pendingOf, readHistory } from '#deploy/migrations/history.ts';
import { isOpen, openRole, TURNS, turnOf } from '#deploy/secrets/database-roles.ts';
import type { SecretStore } from '#secrets/secrets.ts';
import { NearcadeError } from '#shared/errors.ts';

export interface AfterRestore {
  environment: string;
  store: SecretStore;
  ownerUrl: string;
  print: (line: string) => void;
}

/**
 * Roles, their passwords and the list of migrations are parts of a database: brought back to a moment, it has those of that moment. Lets the
 * Worker in by the password that it has now, and says what is left to be done.
 */
export async function makeFit({ environment, store, ownerUrl, print }: AfterRestore): Promise<void> {
  const worker = await store.readStage('worker/DATABASE_URL', 'current');
  const turn = worker === undefined ? undefined : turnOf(worker);
  if (worker === undefined || turn === undefined) {
    print('The Worker signs in as a role that was made by hand: see that its password is still that one.');
  } else {
    await openRole(ownerUrl, worker);
    print(`The Worker can sign in, as nearcade_app_${turn}.`);
    const other = turn === TURNS[0] ? TURNS[1] : TURNS[0];
    if (await isOpen(ownerUrl, other)) {
      const rotate = `"npm run secrets -- rotate database-url --env ${environment} --now"`;
      print(`nearcade_app_${other} is let in too, by the password that it had then: ${rotate} ends that.`);
    }
  }
  const client = await connect(ownerUrl, 'nearcade database');
  try {
    const pending = pendingOf(readMigrations(), await readHistory(client));
    if (pending.length === 0) return;
    const tags = pending.map(({ tag }) => tag).join(', ');
    print(
      `It lacks ${tags}, which the Worker that serves may need: "npm run deploy -- --env ${environment}" now.`,
    );
  } catch (error) {
    // It is restored all the same.
    if (!(error instanceof NearcadeError)) throw error;
    print(error.message);
  } finally {
    await client.end();
  }
}
