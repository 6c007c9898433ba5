import { type Cloudflare, startCloudflare } from '#deploy/testing/cloudflare/cloudflare.ts';

const NAME = 'nearcade-staging';

/** Cloudflare with staging's Worker, which nobody calls. */
export async function startCloudflareWithWorker(): Promise<Cloudflare> {
  const cloudflare = await startCloudflare({ worker: NAME });
  const { id } = addVersion(cloudflare);
  cloudflare.account.deploy(NAME, [{ version_id: id, percentage: 100 }], '');
  return cloudflare;
}

/** A version that serves nobody yet: Cloudflare changes no secrets meanwhile. */
export function addVersion({ account }: Cloudflare) {
  const metadata = {
    main_module: 'x.js',
    bindings: [],
    compatibility_date: '2026-10-25',
    compatibility_flags: [],
  };
  return account.addVersion(NAME, metadata, new Map());
}

/** Has the newest version serve. */
export function settle({ account }: Cloudflare): void {
  const newest = account.scripts.get(NAME)?.versions.at(-1);
  if (newest !== undefined) account.deploy(NAME, [{ version_id: newest.id, percentage: 100 }], '');
}

/** The secrets of what serves. */
export function servingSecrets({ account }: Cloudflare): Record<string, string> {
  const script = account.scripts.get(NAME);
  const [share] = script?.deployments.at(-1)?.shares ?? [];
  const bindings = script?.versions.find(({ id }) => id === share?.version_id)?.metadata.bindings ?? [];
  return Object.fromEntries(
    bindings.filter(({ type }) => type === 'secret_text').map(({ name, text = '' }) => [name, text]),
  );
}
