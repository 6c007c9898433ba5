import { z } from 'zod';
import { NearcadeError } from '#shared/errors.ts';

/** neon.com/docs/reference/api */
const API = 'https://console.neon.tech/api/v2';

const TIMEOUT_MS = 30_000;

/** Looks whether Neon is done, or can begin, and the pause between them: it takes seconds, a large restore a minute. */
const LOOKS = 120;
const LOOK_PAUSE_MS = 2_000;

/** As Terraform calls the branch that the platform lives on (terraform/modules/neon). */
const LIVE = 'live';

const projectSchema = z.object({
  id: z.string(),
  name: z.string(),
  history_retention_seconds: z.number().optional(),
});
const branchSchema = z.object({ id: z.string(), name: z.string(), protected: z.boolean().default(false) });
const operationSchema = z.object({ id: z.string(), status: z.string() });
const endpointSchema = z.object({ host: z.string(), branch_id: z.string() });
const roleSchema = z.object({ name: z.string(), password: z.string().optional() });
const operationsSchema = z.object({ operations: z.array(operationSchema).default([]) });

export type Branch = z.infer<typeof branchSchema>;

/** Neon does one thing after the other for a project; what comes meanwhile is refused so (neon.com/docs/reference/api/operations). */
const LOCKED = 423;

/** Statuses of a refusal that says nothing of what was asked for: who asks, what is not there, when. */
const OTHER_REFUSALS = new Set([401, 403, 404, 408, LOCKED, 429]);

export interface NeonOptions {
  environment: string;
  /** Of the organization that the project is in: a person's key may be of several. */
  orgId: string | undefined;
  /** NEON_API_KEY, and NEON_API_URL for another API than Neon's own. */
  env: NodeJS.ProcessEnv;
  sleep: (ms: number) => Promise<void>;
}

/** An environment's project at Neon, as Terraform has made it. */
export class NeonProject {
  readonly historySeconds: number | undefined;
  readonly live: Branch;
  readonly #id: string;
  readonly #options: NeonOptions;

  private constructor(options: NeonOptions, project: z.infer<typeof projectSchema>, live: Branch) {
    this.#options = options;
    this.#id = project.id;
    this.historySeconds = project.history_retention_seconds;
    this.live = live;
  }

  /** Throws `config_invalid` without a key, `not_found` where there is no such project or branch, `service_failed`. */
  static async open(options: NeonOptions): Promise<NeonProject> {
    const { environment, orgId } = options;
    const name = `nearcade-${environment}`;
    const query = new URLSearchParams({ search: name, ...(orgId === undefined ? {} : { org_id: orgId }) });
    const { projects } = await ask(
      options,
      z.object({ projects: z.array(projectSchema) }),
      `/projects?${query}`,
    );
    const project = projects.find(one => one.name === name);
    if (project === undefined)
      throw new NearcadeError('not_found', `Neon has no project ${name}: terraform apply.`);
    const { branches } = await ask(
      options,
      z.object({ branches: z.array(branchSchema) }),
      `/projects/${project.id}/branches`,
    );
    const live = branches.find(branch => branch.name === LIVE);
    if (live === undefined)
      throw new NearcadeError('not_found', `${name} has no branch ${LIVE}: terraform apply.`);
    return new NeonProject(options, project, live);
  }

  /**
   * Brings the live branch back to what it was at `at`, or to what the branch of that name is; its address stays. What it was until
   * now is kept as the branch `keepAs`, which is its parent from then on.
   */
  async restore(source: { at: Date } | { branch: string }, keepAs: string): Promise<void> {
    const id = 'at' in source ? this.live.id : (await this.branch(source.branch)).id;
    const restore = () =>
      this.#change('POST', `/branches/${this.live.id}/restore`, {
        source_branch_id: id,
        preserve_under_name: keepAs,
        ...('at' in source ? { source_timestamp: source.at.toISOString() } : {}),
      });
    try {
      await restore();
    } catch (error) {
      const status = statusOf(error);
      const isRefused = status !== undefined && status < 500 && !OTHER_REFUSALS.has(status);
      if (!this.live.protected || !isRefused) throw error;
      // A protected branch is not reset (neon.com/docs/guides/protected-branches), as a restore from its parent may count.
      await this.#setProtected(false);
      try {
        await restore();
      } finally {
        await this.#setProtected(true);
      }
    }
  }

  /** Sees to it that the live branch is protected: Terraform has made it so. */
  async protect(): Promise<void> {
    if (!this.live.protected) await this.#setProtected(true);
  }

  async #setProtected(isProtected: boolean): Promise<void> {
    await this.#change('PATCH', `/branches/${this.live.id}`, { branch: { protected: isProtected } });
  }

  /** A copy of the live branch, as of a moment, with a compute of its own. Its roles' passwords are new: that branch is protected. */
  async createBranch(name: string, at: Date | undefined): Promise<void> {
    await this.#change('POST', '/branches', {
      branch: {
        name,
        parent_id: this.live.id,
        ...(at === undefined ? {} : { parent_timestamp: at.toISOString() }),
      },
      endpoints: [{ type: 'read_write' }],
    });
  }

  async deleteBranch(name: string): Promise<void> {
    if (name === LIVE)
      throw new NearcadeError('invalid_request', 'The branch that the platform lives on stays.');
    await this.#change('DELETE', `/branches/${(await this.branch(name)).id}`);
  }

  /** A branch's host, direct. */
  async host(branch: Branch): Promise<string> {
    const host = await this.#findHost(branch);
    if (host !== undefined) return host;
    throw new NearcadeError('not_found', `The branch ${branch.name} has no endpoint.`);
  }

  /** Sees to it that a branch can be reached: what a restore has kept has no compute. */
  async ensureEndpoint(branch: Branch): Promise<void> {
    if ((await this.#findHost(branch)) !== undefined) return;
    await this.#change('POST', '/endpoints', { endpoint: { branch_id: branch.id, type: 'read_write' } });
  }

  async #findHost({ id }: Branch): Promise<string | undefined> {
    const { endpoints } = await this.#ask(z.object({ endpoints: z.array(endpointSchema) }), '/endpoints');
    return endpoints.find(({ branch_id }) => branch_id === id)?.host;
  }

  /** Gives a role of a branch a new password there, which Neon makes. */
  async resetPassword(role: string, branch: Branch): Promise<string> {
    const answer = await this.#change('POST', `/branches/${branch.id}/roles/${role}/reset_password`, {});
    const { password } = z.object({ role: roleSchema }).parse(answer).role;
    if (password === undefined) throw new NearcadeError('service_failed', 'Neon has told no password.');
    return password;
  }

  /** Throws `not_found`, naming those that there are. */
  async branch(name: string): Promise<Branch> {
    const { branches } = await this.#ask(z.object({ branches: z.array(branchSchema) }), '/branches');
    const branch = branches.find(one => one.name === name);
    if (branch !== undefined) return branch;
    throw new NearcadeError(
      'not_found',
      `No branch ${name}; there are ${branches.map(one => one.name).join(', ')}`,
    );
  }

  /** A change, until Neon is done with it. */
  async #change(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await this.#begin(method, path, body);
    const { operations } = operationsSchema.parse(answer);
    for (const { id } of operations) await this.#finish(id);
    return answer;
  }

  async #begin(method: string, path: string, body?: object): Promise<unknown> {
    for (let look = 1; ; look++) {
      try {
        return await this.#ask(z.unknown(), path, method, body);
      } catch (error) {
        if (statusOf(error) !== LOCKED || look === LOOKS) throw error;
        await this.#options.sleep(LOOK_PAUSE_MS);
      }
    }
  }

  /** One that has failed may be tried again by Neon: it is not at its end. */
  async #finish(id: string): Promise<void> {
    let status = '';
    for (let look = 0; look < LOOKS; look++) {
      const { operation } = await this.#ask(z.object({ operation: operationSchema }), `/operations/${id}`);
      status = operation.status;
      if (status === 'finished' || status === 'skipped') return;
      if (status === 'cancelled' || status === 'error') break;
      await this.#options.sleep(LOOK_PAUSE_MS);
    }
    throw new NearcadeError(
      'service_failed',
      `Neon's operation ${id} is not done, but ${status}: look at console.neon.tech.`,
    );
  }

  #ask<T>(schema: z.ZodType<T>, path: string, method = 'GET', body?: object): Promise<T> {
    return ask(this.#options, schema, `/projects/${this.#id}${path}`, method, body);
  }
}

async function ask<T>(
  { env }: NeonOptions,
  schema: z.ZodType<T>,
  path: string,
  method = 'GET',
  body?: object,
): Promise<T> {
  const key = env.NEON_API_KEY;
  if (key === undefined || key === '') throw new NearcadeError('config_invalid', 'NEON_API_KEY is not set.');
  let answer: Response;
  try {
    answer = await fetch(`${env.NEON_API_URL ?? API}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        accept: 'application/json',
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (cause) {
    throw new NearcadeError('service_failed', "Neon's API cannot be reached.", { cause });
  }
  const json: unknown = await answer.json().catch(() => undefined);
  if (answer.ok) return schema.parse(json);
  const told = z.object({ message: z.string() }).safeParse(json);
  throw new NearcadeError(
    'service_failed',
    `Neon's API says ${answer.status} to ${method} ${path}: ${told.success ? told.data.message : 'nothing'}`,
    { details: { status: answer.status } },
  );
}

/** The HTTP status that Neon's API has refused something with, undefined for another error. */
function statusOf(error: unknown): number | undefined {
  const status = error instanceof NearcadeError ? error.details?.status : undefined;
  return typeof status === 'number' ? status : undefined;
}
