import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** Bytes of what git keeps beyond which it is a picture or a recording. */
const MAX_BYTES = 1_000_000;

/** Bytes of all of it that are read at once. */
const MAX_READ = 1_000_000_000;

/** What real ones look like, by those who give them out. */
const LOOKS = [
  // AWS: ids of keys.
  /\bA(?:KIA|SIA)[A-Z0-9]{16}\b/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/g,
  // A private Ed25519 JWK, as SIGNING_JWKS has them.
  /"d": ?"[\w-]{43}"/g,
  // Stripe.
  /\b(?:sk|rk)_live_\w{16,}/g,
  /\bwhsec_[\w+/]{24,}/g,
  // Neon: API keys, passwords.
  /\bnapi_\w{20,}/g,
  /\bnpg_\w{10,}/g,
  // GitHub, npm.
  /\b(?:gh[pousr]|npm)_[A-Za-z0-9]{36,}/g,
  // An address with a password, but of this machine or of RFC 2606.
  /\b(?:postgres(?:ql)?|rediss?|https?):\/\/[^/\s:@"'`{}$]+:[^/\s@"'`{}$]{6,}@(?!127\.|localhost|[\w.-]*\bexample\b)[\w.-]+/g,
];

/** Made up for tests, long ago; history keeps them. */
const MADE_UP = [
  'AKIAABCDEFGHIJKLMNOP',
  'whsec_0123456789abcdef0123456789abcdef',
  'postgres://u:geheim@ep-x-pooler.eu.aws.neon.tech',
];

const looksIn = (text: string) =>
  LOOKS.flatMap(look => text.match(look) ?? []).filter(found => !MADE_UP.includes(found));

it('knows a secret when it sees one', () => {
  const planted = [
    ['AKIA', '2E0A8F3B7C1D9E5F'],
    ['-----BEGIN ', 'PRIVATE KEY-----'],
    ['"d":"', `${'x'.repeat(43)}"`],
    ['rk_live_', '51Hc8s7dJkLmN0pQr'],
    ['whsec_', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['npg_', 'a1B2c3D4e5F6'],
    ['ghp_', 'a1B2'.repeat(9)],
    ['postgresql://app:', 'hunter2hunter2@ep-quiet-sun-1.eu-central-1.aws.neon.tech/nearcade'],
  ].map(parts => parts.join(''));
  for (const secret of planted) expect(looksIn(`  const x = '${secret}';`), secret).toHaveLength(1);
});

it('finds one that was committed, in a file that a later commit removed or changed', () => {
  const dir = mkdtempSync(join(tmpdir(), 'nearcade-repository-'));
  const canary = ['npg_', randomBytes(9).toString('hex')].join('');
  const other = ['sk_live_', randomBytes(12).toString('hex')].join('');
  const commit = () => {
    git(dir, ['add', '--all']);
    git(dir, [
      '-c',
      'user.name=Ada',
      '-c',
      'user.email=ada@example.org',
      'commit',
      '--quiet',
      '--message',
      'x',
    ]);
  };
  try {
    git(dir, ['init', '--quiet']);
    writeFileSync(join(dir, 'staging.env'), `PASSWORD=${canary}\n`);
    writeFileSync(join(dir, 'notes.md'), `The key is ${other}.\n`);
    commit();
    expect(looksInHistory(dir).sort()).toEqual([canary, other].sort());
    rmSync(join(dir, 'staging.env'));
    writeFileSync(join(dir, 'notes.md'), 'The key is in Secrets Manager.\n');
    commit();
    expect(looksInHistory(dir).sort()).toEqual([canary, other].sort());
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

it('finds one in files without history, but not in what git would not keep', () => {
  const dir = mkdtempSync(join(tmpdir(), 'nearcade-files-'));
  const canary = ['npg_', randomBytes(9).toString('hex')].join('');
  try {
    mkdirSync(join(dir, '.ci', 'node_modules'), { recursive: true });
    writeFileSync(join(dir, '.ci', 'staging.env'), `PASSWORD=${canary}\n`);
    writeFileSync(join(dir, '.ci', 'node_modules', 'package.js'), `'${canary}'\n`);
    expect(filesOf(dir)).toEqual([join(dir, '.ci', 'staging.env')]);
    expect(looksInFiles(dir)).toEqual([canary]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

it('there is none in the tree, and none in any commit', () => {
  // An archive of the sources is a tree alone; CI has to have the history.
  const isTreeAlone = !existsSync(join(ROOT, '.git')) && process.env.CI === undefined;
  const count = isTreeAlone ? filesOf(ROOT).length : objectsOf(ROOT).split('\n').length;
  expect(count).toBeGreaterThan(100);
  expect(isTreeAlone ? looksInFiles(ROOT) : looksInHistory(ROOT)).toEqual([]);
});

const NOT_KEPT = ['node_modules', '.nearcade', '.terraform', '.git'];

/** What git would keep of a folder, but for large files. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NOT_KEPT.includes(entry.name) ? [] : filesOf(path);
    return entry.isFile() && statSync(path).size < MAX_BYTES ? [path] : [];
  });
}

const looksInFiles = (folder: string) =>
  filesOf(folder).flatMap(path => looksIn(readFileSync(path, 'latin1')));

/** The names of all that a repository's newest commit leads to, but for large files. */
function objectsOf(repository: string): string {
  const filter = `--filter=blob:limit=${MAX_BYTES}`;
  return git(repository, ['rev-list', '--objects', '--no-object-names', filter, 'HEAD']);
}

function looksInHistory(repository: string): string[] {
  return looksIn(git(repository, ['cat-file', '--batch', '--buffer'], objectsOf(repository)));
}

function git(cwd: string, args: string[], input = ''): string {
  const options = { cwd, input, encoding: 'latin1', maxBuffer: MAX_READ } as const;
  const { status, stdout, stderr } = spawnSync('git', args, options);
  if (status !== 0) throw new Error(stderr);
  return stdout;
}
