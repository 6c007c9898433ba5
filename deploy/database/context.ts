import type { CloudEnvironment } from '#deploy/environment.ts';
import type { SecretStore } from '#secrets/secrets.ts';
import { type Branch, NeonProject } from './neon.ts';

export const OWNER_URL = 'deploy/database-owner-url';

/** As Terraform calls them (terraform/modules/neon). */
const OWNER_ROLE = 'nearcade_first';
const DATABASE = 'nearcade';

/** What the commands of `npm run database` work with. */
export interface DatabaseContext {
  environment: CloudEnvironment;
  store: SecretStore;
  /** NEON_API_KEY, NEON_API_URL, NEARCADE_OWNER_URL. */
  env: NodeJS.ProcessEnv;
  print: (line: string) => void;
  sleep: (ms: number) => Promise<void>;
  now: () => Date;
  signal: AbortSignal;
}

/** The environment's project at Neon, as it is now. */
export const openNeon = ({ environment, env, sleep }: DatabaseContext) =>
  NeonProject.open({ environment: environment.name, orgId: environment.neon.orgId, env, sleep });

/** Gives the owner of a branch a new password there, and returns its connection string. */
export async function newOwnerUrl(neon: NeonProject, branch: Branch): Promise<URL> {
  const url = new URL(`postgresql://${await neon.host(branch)}/${DATABASE}?sslmode=verify-full`);
  url.username = OWNER_ROLE;
  url.password = await neon.resetPassword(OWNER_ROLE, branch);
  return url;
}

/** Gives the owner of the live branch a new password, which goes into Secrets Manager and nowhere else. Returns its connection string. */
export async function renewOwner({ store }: DatabaseContext, neon: NeonProject): Promise<string> {
  const { href } = await newOwnerUrl(neon, neon.live);
  await store.put(OWNER_URL, href, 'current');
  return href;
}
