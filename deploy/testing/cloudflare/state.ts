import { createHash, randomUUID } from 'node:crypto';

/** A binding as wrangler uploads it. */
export interface UploadedBinding {
  name: string;
  type: string;
  text?: string;
  class_name?: string;
  queue_name?: string;
}

/** What wrangler says of an upload (developers.cloudflare.com/workers/configuration/multipart-upload-metadata). */
export interface UploadMetadata {
  main_module: string;
  bindings: UploadedBinding[];
  compatibility_date: string;
  compatibility_flags: string[];
  migrations?: { new_tag?: string };
  annotations?: Record<string, string>;
  keep_bindings?: string[];
  assets?: { jwt?: string; config?: Record<string, unknown> };
}

export interface Version {
  id: string;
  number: number;
  createdAt: Date;
  metadata: UploadMetadata;
  /** Its modules' text by name. */
  modules: ReadonlyMap<string, string>;
  /** Hashes of its assets by path. */
  assets: ReadonlyMap<string, string>;
}

export interface Deployment {
  id: string;
  createdAt: Date;
  message: string;
  shares: { version_id: string; percentage: number }[];
}

export interface Script {
  tag: string;
  tags: string[];
  migrationTag: string | undefined;
  versions: Version[];
  /** The newest last. */
  deployments: Deployment[];
  routes: { pattern: string }[];
  crons: string[];
}

export interface Queue {
  id: string;
  name: string;
  consumers: {
    consumer_id: string;
    type: 'worker';
    script: string;
    dead_letter_queue?: string | undefined;
    settings: unknown;
  }[];
}

/** What one account has at the stand-in. */
export class Account {
  readonly scripts = new Map<string, Script>();
  readonly queues: Queue[] = [];
  /** Contents by hash; manifests by the token that stands for them. */
  readonly #assets = new Map<string, { content: Buffer; type: string }>();
  readonly #manifests = new Map<string, Map<string, string>>();
  readonly #now: () => Date;

  constructor(queues: readonly string[], now: () => Date) {
    this.#now = now;
    for (const name of queues)
      this.queues.push({ id: randomUUID().replaceAll('-', ''), name, consumers: [] });
  }

  asset(hash: string): { content: Buffer; type: string } | undefined {
    return this.#assets.get(hash);
  }

  putAsset(hash: string, content: Buffer, type: string): void {
    this.#assets.set(hash, { content, type });
  }

  /** A token for a manifest, and which of its files are not there yet. */
  openManifest(manifest: ReadonlyMap<string, string>): { token: string; missing: string[] } {
    const token = jwtOf(
      createHash('sha256')
        .update(JSON.stringify([...manifest]))
        .digest('hex'),
    );
    this.#manifests.set(token, new Map(manifest));
    return { token, missing: [...new Set(manifest.values())].filter(hash => !this.#assets.has(hash)) };
  }

  /** `assets`: those of a version that is there. Default: what was uploaded for this one. */
  addVersion(
    name: string,
    metadata: UploadMetadata,
    modules: ReadonlyMap<string, string>,
    assets: ReadonlyMap<string, string> = this.#manifests.get(metadata.assets?.jwt ?? '') ?? new Map(),
  ): Version {
    const script = this.#script(name);
    const inherited = script.versions.at(-1)?.metadata.bindings ?? [];
    const kept = inherited.filter(
      binding =>
        metadata.keep_bindings?.includes(binding.type) === true &&
        !metadata.bindings.some(({ name: other }) => other === binding.name),
    );
    const version: Version = {
      id: randomUUID(),
      number: script.versions.length + 1,
      createdAt: this.#now(),
      metadata: { ...metadata, bindings: [...metadata.bindings, ...kept] },
      modules,
      assets,
    };
    script.versions.push(version);
    script.migrationTag = metadata.migrations?.new_tag ?? script.migrationTag;
    return version;
  }

  /** A copy of the newest version with other secrets, and without its tag, serves at once; undefined while the newest is not what serves. */
  changeSecrets(name: string, secrets: readonly UploadedBinding[]): Version | undefined {
    const script = this.#script(name);
    const newest = script.versions.at(-1);
    const serves = script.deployments.at(-1)?.shares.find(({ percentage }) => percentage === 100);
    if (newest === undefined || serves?.version_id !== newest.id) return undefined;
    const { metadata, modules, assets } = newest;
    const kept = metadata.bindings.filter(binding => !secrets.some(secret => secret.name === binding.name));
    const version: Version = {
      id: randomUUID(),
      number: script.versions.length + 1,
      createdAt: this.#now(),
      metadata: {
        ...metadata,
        bindings: [...kept, ...secrets],
        annotations: { 'workers/triggered_by': 'secret' },
      },
      modules,
      assets,
    };
    script.versions.push(version);
    this.deploy(name, [{ version_id: version.id, percentage: 100 }], 'wrangler secret bulk');
    return version;
  }

  /**
   * Names of the secrets that are not the same in all of these versions and those that serve. What exactly Cloudflare compares is not documented:
   * this is the strictest that makes sense.
   */
  changedSecrets(name: string, ids: readonly string[]): string[] {
    const { versions, deployments } = this.#script(name);
    const all = new Set([...ids, ...(deployments.at(-1)?.shares ?? []).map(({ version_id }) => version_id)]);
    const secrets = versions.filter(({ id }) => all.has(id)).map(secretsOf);
    const names = new Set(secrets.flatMap(of => [...of.keys()]));
    return [...names].filter(secret => new Set(secrets.map(of => of.get(secret))).size > 1);
  }

  deploy(name: string, shares: Deployment['shares'], message: string): Deployment {
    const deployment = { id: randomUUID(), createdAt: this.#now(), message, shares };
    this.#script(name).deployments.push(deployment);
    return deployment;
  }

  #script(name: string): Script {
    let script = this.scripts.get(name);
    if (script === undefined) {
      script = {
        tag: randomUUID().replaceAll('-', ''),
        tags: [],
        migrationTag: undefined,
        versions: [],
        deployments: [],
        routes: [],
        crons: [],
      };
      this.scripts.set(name, script);
    }
    return script;
  }
}

function secretsOf({ metadata }: Version): Map<string, string | undefined> {
  const secrets = metadata.bindings.filter(({ type }) => type === 'secret_text');
  return new Map(secrets.map(({ name, text }) => [name, text]));
}

/** wrangler reads what a token says of its end (JSON Web Token, unsigned here). */
function jwtOf(subject: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ sub: subject, exp: 4_102_444_800 })}.x`;
}
