import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.ts';

const MIGRATIONS = join(ROOT, 'migrations');

/** The part of `StoredStatement` (edge/store) that matters here: the Worker's own types are not for Node. */
interface Stored {
  readonly name: string;
  readonly definition: string;
}

/** Brings `migrations/` in line with edge/store/schema.ts, then adds the stored statements that none has. `args`: more of drizzle-kit's options. */
async function generate(args: readonly string[]): Promise<void> {
  drizzleKit(args);
  const { storedStatements }: { storedStatements: readonly Stored[] } = await import(
    join(ROOT, 'edge', 'store', 'stored-statements.ts')
  );
  const before = new Set(readdirSync(MIGRATIONS));
  const known = sqlFiles()
    .map(file => readFileSync(join(MIGRATIONS, file), 'utf8'))
    .join();
  const missing = storedStatements.filter(({ name }) => !known.includes(name));
  if (missing.length === 0) return;
  drizzleKit(['--custom', '--name', 'stored_statements']);
  const made = sqlFiles().find(file => !before.has(file));
  if (made === undefined) throw new Error('drizzle-kit has made no migration');
  const text = missing.map(({ definition }) => `${definition};\n`).join('--> statement-breakpoint\n');
  writeFileSync(join(MIGRATIONS, made), text);
  console.log(`${made}: ${missing.map(({ name }) => name).join(', ')}`);
}

const sqlFiles = () => readdirSync(MIGRATIONS).filter(file => file.endsWith('.sql'));

function drizzleKit(args: readonly string[]): void {
  const bin = join(ROOT, 'node_modules', 'drizzle-kit', 'bin.cjs');
  const made = spawnSync(process.execPath, [bin, 'generate', '--config', 'drizzle.config.ts', ...args], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (made.status !== 0) throw new Error(`drizzle-kit ended with ${made.status ?? made.signal}`);
}

await generate(process.argv.slice(2));
