import type { Release } from './commit.ts';
import type { CloudEnvironment } from './environment.ts';
import type { Migration } from './migrations/files.ts';
import type { Visitor } from './smoke/visitor.ts';
import type { WranglerConfig } from './wrangler/config.ts';
import type { Wrangler } from './wrangler/wrangler.ts';

/** The secrets that a deploy needs, asked for when they are needed. */
export interface DeploySecrets {
  /** Those of the Worker (edge/env.ts) by their settings' names. Throws `secret_missing` that names each that is not there. */
  worker(): Promise<Record<string, string>>;
  /** Postgres as the database's owner, direct. Throws `secret_missing`. */
  ownerUrl(): Promise<string>;
}

/** What every step of a deploy works with. */
export interface DeployContext {
  readonly environment: CloudEnvironment;
  readonly release: Release;
  /** The clone that is checked, and whose web app is built. Default: this one. */
  readonly tree?: string;
  readonly config: WranglerConfig;
  readonly wrangler: Wrangler;
  readonly secrets: DeploySecrets;
  /** For what is made on the way; of this environment alone. */
  readonly folder: string;
  /** CLOUDFLARE_API_TOKEN and CLOUDFLARE_API_BASE_URL come from here. */
  readonly env: NodeJS.ProcessEnv;
  /** Somebody who uses the platform, by that version or by any. */
  visitor(version?: string): Visitor;
  /** Default: those of this clone. */
  readonly migrations?: readonly Migration[];
  /** Milliseconds to wait for a deploy that is under way. Default: a minute. */
  readonly lockWaitMs?: number;
  /** Seconds to watch each share of the requests for. */
  readonly watchSeconds: number;
  readonly progress: (line: string) => void;
  readonly sleep: (ms: number) => Promise<void>;
}
