import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { NearcadeError, parseWith } from '#shared/errors.ts';
import { BY_HAND } from './by-hand.ts';
import { extract } from './extract.ts';
import { type Schema, schemaSchema } from './schema.ts';

const PACKAGES = join(import.meta.dirname, 'schemas');
const WANTED = ['package.json', 'package-lock.json', '.npmrc'];

const providerSchema = z.strictObject({
  /** Its address in `required_providers`, such as hashicorp/aws. */
  source: z.string(),
  version: z.string(),
  settings: schemaSchema,
  resource: z.record(z.string(), schemaSchema),
  data: z.record(z.string(), schemaSchema),
});
/** What one provider knows. */
export type Provider = z.infer<typeof providerSchema>;

const cacheSchema = z.array(providerSchema);

/** What the check is held against, and where the parser of Terraform's language was put. */
export interface Schemas {
  providers: readonly Provider[];
  /** Folder of the package @cdktf/hcl2json. */
  parser: string;
}

/** The names of cdktf's packages that hold a provider's schema. */
const BINDINGS = ['provider-aws', 'provider-cloudflare'];

/**
 * The providers' schemas: those of npm (installed once, 45 MB to fetch and 470 MB to read, of which 6 MB stay in the user's cache folder) and those that
 * are held by hand. Throws `setup_failed` when they cannot be installed.
 */
export function loadSchemas(report: (line: string) => void = () => {}): Schemas {
  const folder = join(cacheFolder(), key());
  if (!existsSync(folder)) {
    report('Installing the schemas of Terraform providers (45 MB to fetch, 470 MB for a moment) ...');
    install(folder);
  }
  const text = readFileSync(join(folder, 'providers.json'), 'utf8');
  const providers = parseWith(cacheSchema, JSON.parse(text), 'setup_failed');
  return {
    providers: [...providers, ...BY_HAND],
    parser: join(folder, 'node_modules', '@cdktf', 'hcl2json'),
  };
}

function cacheFolder(): string {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return join(cache, 'nearcade', 'terraform-schemas');
}

/** Changes with the packages' versions and with how they are read. */
function key(): string {
  const hash = createHash('sha256');
  for (const file of [...WANTED.map(name => join(PACKAGES, name)), join(import.meta.dirname, 'extract.ts')]) {
    hash.update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Whoever is done first puts it in place: several test runs may begin at once. */
function install(folder: string): void {
  mkdirSync(cacheFolder(), { recursive: true });
  const work = mkdtempSync(join(cacheFolder(), 'installing-'));
  try {
    for (const name of WANTED) copyFileSync(join(PACKAGES, name), join(work, name));
    const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: work,
      encoding: 'utf8',
    });
    if (npm.status !== 0) {
      const said = npm.error?.message ?? npm.stderr;
      throw new NearcadeError(
        'setup_failed',
        `npm could not install the schemas of Terraform providers: ${said}`,
      );
    }
    const result = join(work, 'result');
    mkdirSync(result);
    const packages = join(work, 'node_modules', '@cdktf');
    const providers = BINDINGS.map(name => readProvider(join(packages, name)));
    writeFileSync(
      join(result, 'providers.json'),
      JSON.stringify(parseWith(cacheSchema, providers, 'setup_failed')),
    );
    for (const name of BINDINGS) rmSync(join(packages, name), { recursive: true });
    // With the packages that it needs beside it.
    renameSync(join(work, 'node_modules'), join(result, 'node_modules'));
    try {
      renameSync(result, folder);
    } catch (cause) {
      if (!existsSync(folder)) throw cause;
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const bindingSchema = z.object({
  cdktf: z.object({ provider: z.object({ name: z.string(), version: z.string() }) }),
});

function readProvider(folder: string): Provider {
  const { cdktf } = bindingSchema.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
  const provider: Omit<Provider, 'settings'> & { settings?: Schema } = {
    source: cdktf.provider.name.replace(/^registry\.terraform\.io\//, ''),
    version: cdktf.provider.version,
    resource: {},
    data: {},
  };
  const lib = join(folder, 'lib');
  for (const entry of readdirSync(lib, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const read = (name: string) => readFileSync(join(lib, entry.name, name), 'utf8');
    const extracted = extract(read('index.d.ts'), read('index.js'));
    if (extracted === undefined) continue;
    const { of, name, schema } = extracted;
    if (of === 'provider') provider.settings = schema;
    else provider[of][name] = schema;
  }
  return parseWith(providerSchema, provider, 'setup_failed');
}
