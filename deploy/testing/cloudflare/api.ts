import { randomUUID } from 'node:crypto';
import type { Account, Deployment, Script, UploadMetadata, Version } from './state.ts';

/** Where a request leads, and what comes back in Cloudflare's envelope. */
export type Answer = { result: unknown } | { status: number; code: number; message: string };

interface Route {
  method: string;
  path: RegExp;
  answer: (call: Call) => Answer | Promise<Answer>;
}

interface Call {
  account: Account;
  request: Request;
  /** The groups of the path. */
  groups: Record<string, string>;
  query: URLSearchParams;
}

const ok = (result: unknown): Answer => ({ result });
/** As Cloudflare says that there is no such Worker. */
const noWorker: Answer = { status: 404, code: 10007, message: 'This Worker does not exist on your account.' };

/** Of the newest that are listed: "Displays the 10 most recent deployments" (wrangler deployments list prints all that it is given). */
const DEPLOYMENTS_LISTED = 10;
/** developers.cloudflare.com/changelog, 2025-09-11: so many versions can be gone back to. */
const VERSIONS_LISTED = 100;

const ZONE = '0123456789abcdef0123456789abcdef';

/** What wrangler's `deploy`, `versions`, `deployments`, `triggers` and `secret` ask (node_modules/wrangler), and what our own programs do. */
const ROUTES: readonly Route[] = [
  on(
    'GET',
    'workers/services/:name',
    withScript(({ groups }, script) => ok(serviceOf(groups.name ?? '', script))),
  ),
  on(
    'GET',
    'workers/scripts/:name/deployments',
    withScript((_, script) => ok({ deployments: listed(script) })),
  ),
  on(
    'POST',
    'workers/scripts/:name/deployments',
    withScript(async ({ account, groups, request, query }, script) => {
      const body = (await request.json()) as {
        versions: Deployment['shares'];
        annotations?: Record<string, string>;
      };
      const total = body.versions.reduce((sum, { percentage }) => sum + percentage, 0);
      const isKnown = body.versions.every(({ version_id }) =>
        script.versions.some(({ id }) => id === version_id),
      );
      if (total !== 100 || !isKnown)
        return { status: 400, code: 10210, message: 'No such shares of versions.' };
      const ids = body.versions.map(({ version_id }) => version_id);
      const changed = account.changedSecrets(groups.name ?? '', ids);
      if (changed.length > 0 && query.get('force') !== 'true') {
        const message = `A secret has changed. The following secrets have changed: ${changed.join(', ')}`;
        return { status: 400, code: 10220, message };
      }
      const made = account.deploy(
        groups.name ?? '',
        body.versions,
        body.annotations?.['workers/message'] ?? '',
      );
      return ok({ id: made.id });
    }),
  ),
  on(
    'GET',
    'workers/scripts/:name/versions',
    withScript((_, script) =>
      ok({ items: script.versions.toReversed().slice(0, VERSIONS_LISTED).map(versionOf) }),
    ),
  ),
  on(
    'GET',
    'workers/scripts/:name/versions/:id',
    withScript(({ groups }, script) => {
      const version = script.versions.find(({ id }) => id === groups.id);
      return version === undefined ? noWorker : ok(versionOf(version));
    }),
  ),
  on(
    'GET',
    'workers/scripts/:name/secrets',
    withScript((_, script) =>
      ok(
        (script.versions.at(-1)?.metadata.bindings ?? [])
          .filter(({ type }) => type === 'secret_text')
          .map(({ name, type }) => ({ name, type })),
      ),
    ),
  ),
  on(
    'PATCH',
    'workers/scripts/:name/secrets-bulk',
    withScript(async ({ account, groups, request }) => {
      const { secrets } = (await request.json()) as { secrets: Record<string, { text: string }> };
      const name = groups.name ?? '';
      const version = account.changeSecrets(
        name,
        Object.entries(secrets).map(([secret, { text }]) => ({ name: secret, type: 'secret_text', text })),
      );
      if (version !== undefined) return ok({});
      const message = 'Secret edit failed. The latest version of your Worker is not deployed.';
      return { status: 400, code: 10215, message };
    }),
  ),
  on(
    'POST',
    'workers/scripts/:name/versions',
    withScript(async call => ok(versionOf(await upload(call)))),
  ),
  on('PUT', 'workers/scripts/:name', async call => {
    const version = await upload(call);
    const name = call.groups.name ?? '';
    call.account.deploy(name, [{ version_id: version.id, percentage: 100 }], 'wrangler deploy');
    return ok({ id: name, deployment_id: version.id.replaceAll('-', ''), startup_time_ms: 1 });
  }),
  on('POST', 'workers/scripts/:name/assets-upload-session', async ({ account, request }) => {
    const { manifest } = (await request.json()) as { manifest: Record<string, { hash: string }> };
    const { token, missing } = account.openManifest(
      new Map(Object.entries(manifest).map(([path, { hash }]) => [path, hash])),
    );
    return ok({ jwt: token, buckets: missing.length === 0 ? [] : [missing] });
  }),
  on('POST', 'workers/assets/upload', async ({ account, request }) => {
    const form = await request.formData();
    for (const [hash, file] of form) {
      if (typeof file === 'string') continue;
      account.putAsset(hash, Buffer.from(await file.text(), 'base64'), file.type);
    }
    return ok({ jwt: request.headers.get('authorization')?.replace('Bearer ', '') });
  }),
  on(
    'PATCH',
    'workers/scripts/:name/script-settings',
    withScript(async ({ request }, script) => {
      const { tags } = (await request.json()) as { tags?: string[] };
      script.tags = tags ?? script.tags;
      return ok({});
    }),
  ),
  on(
    'GET',
    'workers/scripts/:name/script-settings',
    withScript((_, script) => ok({ tags: script.tags })),
  ),
  on(
    'GET',
    'workers/workers/:name',
    withScript(({ groups }, { tag }) =>
      ok({ id: tag, name: groups.name, subdomain: { enabled: false, previews_enabled: false } }),
    ),
  ),
  on(
    'GET',
    'workers/scripts/:name/settings',
    withScript((_, { versions }) => ok({ bindings: versions.at(-1)?.metadata.bindings ?? [] })),
  ),
  on('GET', 'workers/scripts/:name/subdomain', () => ok({ enabled: false, previews_enabled: false })),
  on('POST', 'workers/scripts/:name/subdomain', () => ok({ enabled: false, previews_enabled: false })),
  on(
    'PUT',
    'workers/scripts/:name/routes',
    withScript(async ({ request }, script) => {
      script.routes = (await request.json()) as Script['routes'];
      return ok(script.routes);
    }),
  ),
  on(
    'PUT',
    'workers/scripts/:name/schedules',
    withScript(async ({ request }, script) => {
      script.crons = ((await request.json()) as { cron: string }[]).map(({ cron }) => cron);
      return ok({ schedules: script.crons.map(cron => ({ cron })) });
    }),
  ),
  on('GET', 'queues', ({ account, query }) => {
    const wanted = query.getAll('name');
    const found = account.queues.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
    return ok(found.map(({ id, name, consumers }) => ({ queue_id: id, queue_name: name, consumers })));
  }),
  on('GET', 'queues/:queue/consumers', ({ account, groups }) =>
    ok(account.queues.find(({ id }) => id === groups.queue)?.consumers ?? []),
  ),
  on('POST', 'queues/:queue/consumers', async ({ account, groups, request }) => {
    const consumer = { consumer_id: randomUUID(), ...(await consumerOf(request)) };
    account.queues.find(({ id }) => id === groups.queue)?.consumers.push(consumer);
    return ok(consumer);
  }),
  on('PUT', 'queues/:queue/consumers/:id', async ({ account, groups, request }) => {
    const queue = account.queues.find(({ id }) => id === groups.queue);
    const consumer = queue?.consumers.find(({ consumer_id }) => consumer_id === groups.id);
    return ok(Object.assign(consumer ?? {}, await consumerOf(request)));
  }),
  { method: 'GET', path: /^\/zones$/, answer: ({ query }) => ok([{ id: ZONE, name: query.get('name') }]) },
  { method: 'GET', path: /^\/zones\/\w+\/workers\/routes$/, answer: () => ok([]) },
  { method: 'GET', path: /^\/user$/, answer: () => ok({ email: 'operator@example.org' }) },
  { method: 'GET', path: /^\/memberships$/, answer: () => ok([]) },
];

/** Answers a request to `path` (below /client/v4), or undefined where the stand-in knows nothing of it. */
export async function answerApi(
  account: Account,
  request: Request,
  path: string,
): Promise<Answer | undefined> {
  const url = new URL(path, 'http://stand-in');
  for (const { method, path: pattern, answer } of ROUTES) {
    const match = method === request.method ? pattern.exec(url.pathname) : null;
    if (match !== null) {
      return answer({ account, request, groups: match.groups ?? {}, query: url.searchParams });
    }
  }
  return undefined;
}

function on(method: string, path: string, answer: Route['answer']): Route {
  const pattern = path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)');
  return { method, path: new RegExp(`^/accounts/[0-9a-f]{32}/${pattern}$`), answer };
}

function withScript(answer: (call: Call, script: Script) => Answer | Promise<Answer>): Route['answer'] {
  return call => {
    const script = call.account.scripts.get(call.groups.name ?? '');
    return script === undefined ? noWorker : answer(call, script);
  };
}

async function upload({ account, request, groups }: Call): Promise<Version> {
  const form = await request.formData();
  const metadata = JSON.parse(await textOf(form.get('metadata'))) as UploadMetadata;
  const modules = new Map<string, string>();
  for (const [name, part] of form) if (name !== 'metadata') modules.set(name, await textOf(part));
  const annotations = {
    ...metadata.annotations,
    'workers/triggered_by': request.method === 'PUT' ? 'upload' : 'version_upload',
  };
  return account.addVersion(groups.name ?? '', { ...metadata, annotations }, modules);
}

async function consumerOf(request: Request) {
  const { script_name, dead_letter_queue, settings } = (await request.json()) as {
    script_name: string;
    dead_letter_queue?: string;
    settings: unknown;
  };
  return { type: 'worker' as const, script: script_name, dead_letter_queue, settings };
}

async function textOf(part: string | Blob | null): Promise<string> {
  return part === null ? '' : typeof part === 'string' ? part : part.text();
}

function serviceOf(name: string, { tag, tags, migrationTag }: Script) {
  const script = { tag, tags, migration_tag: migrationTag, last_deployed_from: 'wrangler' };
  return { id: name, default_environment: { environment: 'production', script } };
}

const listed = (script: Script) =>
  script.deployments
    .toReversed()
    .slice(0, DEPLOYMENTS_LISTED)
    .map(({ id, createdAt, message, shares }) => ({
      id,
      source: 'wrangler',
      strategy: 'percentage',
      author_email: 'operator@example.org',
      created_on: createdAt.toISOString(),
      annotations: { 'workers/message': message },
      versions: shares,
    }));

const versionOf = ({ id, number, createdAt, metadata }: Version) => ({
  id,
  number,
  startup_time_ms: 1,
  metadata: {
    created_on: createdAt.toISOString(),
    modified_on: createdAt.toISOString(),
    source: 'wrangler',
    author_email: 'operator@example.org',
    has_preview: false,
  },
  annotations: metadata.annotations ?? {},
  resources: {
    script: { etag: id, handlers: ['fetch'], last_deployed_from: 'wrangler' },
    script_runtime: { usage_model: 'standard' },
    bindings: metadata.bindings.map(({ name, type }) => ({ name, type })),
  },
});
