import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { DeployContext } from '#deploy/context.ts';
import { takeDeployLock } from '#deploy/migrations/lock.ts';
import { runDeploy } from '#deploy/run-deploy.ts';
import { runRollback } from '#deploy/run-rollback.ts';
import type { Wrangler } from '#deploy/wrangler/wrangler.ts';
import type { Script } from './cloudflare/state.ts';
import type { Staging } from './harness.ts';

/** What a run has come to. */
export interface Run {
  error: unknown;
  told: string;
}

export type Change = Partial<DeployContext> & { dryRun?: boolean; contract?: boolean; signal?: AbortSignal };

/** Deploys and roll-backs of a staging, and what came of them. */
export class Deploys {
  readonly #staging: Staging;
  #uploaded: Promise<string> | undefined;

  constructor(staging: Staging) {
    this.#staging = staging;
  }

  async deploy(version: string, change: Change = {}): Promise<Run> {
    const { dryRun = false, contract = false, signal = new AbortController().signal, ...rest } = change;
    const { context, told } = this.#staging.context(version, rest);
    const error = await errorOf(runDeploy(context, { dryRun, contract, signal }));
    return { error, told: told.join('\n') };
  }

  async rollBack(wanted?: string, change: Change = {}): Promise<Run> {
    const { signal = new AbortController().signal, ...rest } = change;
    const { context, told } = this.#staging.context('9.9.9', rest);
    const error = await errorOf(runRollback(context, wanted, signal));
    return { error, told: told.join('\n') };
  }

  get script(): Script {
    const { account } = this.#staging.cloudflare;
    const found = account.scripts.get(this.#staging.environment.worker.name);
    if (found === undefined) throw new Error('no Worker there');
    return found;
  }

  /** The releases that serve, with their percent. */
  get serving(): Record<string, number> {
    const shares = this.script.deployments.at(-1)?.shares ?? [];
    return Object.fromEntries(shares.map(share => [this.tagOf(share.version_id), share.percentage]));
  }

  /** The release of a version, or its id. One that has other secrets since is of the release before it. */
  tagOf(id: string): string {
    const { versions } = this.script;
    const until = versions.slice(0, versions.findIndex(version => version.id === id) + 1);
    const uploaded = until.findLast(
      ({ metadata }) => metadata.annotations?.['workers/triggered_by'] !== 'secret',
    );
    return uploaded?.metadata.annotations?.['workers/tag'] ?? id;
  }

  /** What another release than `old` was given of the requests, in order, by deployments since there were so many. */
  sharesBeside(old: string, deployments = 0): number[] {
    return this.script.deployments
      .slice(deployments)
      .flatMap(({ shares }) => shares)
      .filter(({ version_id }) => this.tagOf(version_id) !== old)
      .map(({ percentage }) => percentage);
  }

  /** The real wrangler; but what it uploads is the same each time, and uploaded once: for what goes wrong after that. */
  get uploadingOnce(): Wrangler {
    const { wrangler } = this.#staging.context('x').context;
    return {
      ...wrangler,
      upload: (args, signal) => {
        this.#uploaded ??= wrangler.upload(args, signal);
        return this.#uploaded;
      },
    };
  }

  /** Has Cloudflare's API refuse the nth call of a kind, and all after it if `isForGood`. */
  refuse(method: string, path: RegExp, { nth = 1, isForGood = false } = {}): void {
    let seen = 0;
    this.#staging.cloudflare.faults.api = (asked, at) => {
      if (asked !== method || !path.test(at)) return undefined;
      seen++;
      return seen === nth || (isForGood && seen > nth)
        ? { status: 400, code: 10021, message: 'Cloudflare refuses' }
        : undefined;
    };
  }

  /** Nobody holds the lock, no secret lies about, no guest was left. */
  async expectNothingLeft(): Promise<void> {
    const { ownerUrl: url, folder, query } = this.#staging;
    await (await takeDeployLock({ url, holder: 'test', waitMs: 1 })).close();
    expect(existsSync(join(folder, 'secrets'))).toBe(false);
    const [{ there } = { there: false }] = await query<{ there: boolean }>(
      "select to_regclass('users') is not null as there",
    );
    if (there) expect(await query('select id from users where deleted_at is null')).toEqual([]);
  }
}

const errorOf = (run: Promise<void>): Promise<unknown> =>
  run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
