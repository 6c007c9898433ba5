import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import type { Browser, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Platform, startPlatform } from '#local/platform.ts';
import { DEMO_ACCOUNTS } from '#local/seed.ts';
import { loadSecrets } from '#local/services/secrets.ts';
import { adminFleetApi } from '#shared/api/admin-fleet.ts';
import { adminPlatformApi } from '#shared/api/admin-platform.ts';
import { adminPlayersApi } from '#shared/api/admin-players.ts';
import { callApi } from '#shared/api/client.ts';
import { fleetApi } from '#shared/api/fleet.ts';
import { CLIENT_HEADER, WEB_CLIENT } from '#shared/client-version.ts';
import { runbookBlock } from '../docs/runbook/blocks.ts';
import { ApiClient } from './support/api.ts';
import { launchBrowser } from './support/browser.ts';
import { Player } from './support/player.ts';

const reason = 'For the test';

let platform: Platform;
let browser: Browser;
let account: (typeof DEMO_ACCOUNTS)[number];
let operator: ApiClient;
/** Who operates signs in once, as in one shell: nobody may do that often. */
let token: string;
let host: Player;
let guest: Player;
let guestId: string;

beforeAll(async () => {
  platform = await startPlatform({ name: 'e2e-told', slots: 1, drainSeconds: 60 });
  browser = await launchBrowser();
  const found = DEMO_ACCOUNTS.find(({ email }) => email.startsWith('operator@'));
  if (found === undefined) throw new Error('no operator among the demo accounts');
  account = found;
  operator = await ApiClient.signIn(platform.baseUrl, account);
  const signIn = `${runbookBlock('drain-a-node', 'sign-in')}printf %s "$token"`;
  token = await run(signIn, { OPERATOR_EMAIL: account.email, OPERATOR_PASSWORD: account.password });
  [host, guest] = await Promise.all([
    Player.open(browser, platform.baseUrl),
    Player.open(browser, platform.baseUrl),
  ]);
  await host.register('Hope');
  await host.play('probe');
  const link = await host.shareLink();
  const email = await guest.register('Gina');
  const { items } = await operator.call(adminPlayersApi.find, { query: { q: email } });
  guestId = items[0]?.id ?? '';
  await guest.page.goto(link);
  await guest.page.getByTestId('join-as-player').click();
  await guest.waitForPicture();
});

afterAll(async () => {
  await browser?.close();
  await platform?.close();
});

async function run(text: string, more: Readonly<Record<string, string>>): Promise<string> {
  const env = { ...process.env, EDGE_URL: platform.baseUrl, ...more };
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', text], { env });
  return stdout;
}

/** Blocks of the runbook in one shell, as whoever operates. */
const runBlocks = (blocks: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  run([runbookBlock('drain-a-node', 'admin'), ...blocks].join('\n'), { token, ...more });

const notice = ({ page }: Player, words: string) => page.getByTestId('notice').filter({ hasText: words });

/** Everything is told over the game that is played, in this order, by what an operator does. */
describe('a player is told', () => {
  it('announcements and maintenance, and that it is over', async () => {
    await operator.call(adminPlatformApi.announce, {
      body: { reason, text: 'A cup begins at nine.', level: 'info' },
    });
    await notice(host, 'A cup begins at nine.').waitFor();

    const text = 'We are working on the cables.';
    await runBlocks([runbookBlock('take-an-environment-down', 'maintenance')], { MESSAGE: text });
    await notice(host, text).waitFor();
    const other = await Player.open(browser, platform.baseUrl);
    await other.page.goto(platform.baseUrl);
    await other.page.getByTestId('signin-guest').click();
    await other.page.getByTestId('signin-error').getByText(text).waitFor();
    await other.close();
    await operator.call(adminPlatformApi.maintenance, { body: { reason, on: false, text: null } });
    await notice(host, text).waitFor({ state: 'detached' });
  });

  it('that the machine goes away, and that it stays after all, by the commands of the runbook', async () => {
    const { items } = await operator.call(adminFleetApi.nodes, { query: {} });
    const [node] = items;
    const ofNode = { NODE_ID: node?.id ?? '' };
    const nodes = runbookBlock('drain-a-node', 'nodes');
    const drain = runbookBlock('drain-a-node', 'drain');
    const undrain = runbookBlock('drain-a-node', 'undrain');
    const drainAll = runbookBlock('take-an-environment-down', 'drain-all');
    const drainRegion = runbookBlock('add-a-region', 'drain-region');
    const playing = runbookBlock('take-an-environment-down', 'playing');
    const drainOld = runbookBlock('release-nodes', 'drain-old');
    const shown = (deadline: string) => new RegExp(`^${node?.id}\tdraining\t1/1\t${deadline}$`, 'm');
    const isGone = () => host.page.getByTestId('draining-notice').waitFor({ state: 'detached' });
    expect(await runBlocks([drain, nodes], ofNode)).toMatch(shown('20.*Z'));
    await host.page.getByTestId('draining-notice').waitFor();
    await runBlocks([undrain], ofNode);
    await isGone();
    // Those of another release than this one, whoever plays there.
    expect(await runBlocks([drainOld], { NODE_RELEASE: node?.version ?? '' })).toBe('');
    expect(await runBlocks([drainOld, nodes], { NODE_RELEASE: '9.9.9+newer' })).toMatch(shown('-'));
    await runBlocks([undrain], ofNode);
    await isGone();
    // Those of a region, and back; then all that there are.
    const blocks = [drainRegion, nodes, undrain, drainAll, nodes, playing];
    const text = await runBlocks(blocks, { ...ofNode, REGION: node?.region ?? '' });
    expect(text.match(new RegExp(shown('20.*Z'), 'gm'))).toHaveLength(2);
    expect(text).toMatch(/^1\n$/m);
    await runBlocks([undrain], ofNode);
    await isGone();
    expect(await host.page.getByTestId('session-state').textContent()).toBe('playing');
  });

  it('that the page is too old, with the way to the new one', async () => {
    // An older page, as far as the platform can tell.
    const old = async (route: Route) =>
      route.continue({ headers: { ...route.request().headers(), [CLIENT_HEADER]: 'web/0.0.1' } });
    await host.page.route('**/v1/**', old);
    const body = { reason, client: WEB_CLIENT.name, minimum: WEB_CLIENT.version };
    await operator.call(adminPlatformApi.minimumVersion, { body });
    await host.page.mouse.move(640, 4);
    await host.page.mouse.move(640, 12);
    await host.page.getByTestId('room-toggle').click();
    await notice(host, 'There is a new version').getByRole('button', { name: 'Load again' }).waitFor();
    await operator.call(adminPlatformApi.minimumVersion, { body: { ...body, minimum: null } });
    await host.page.unroute('**/v1/**', old);
  });

  it('that they were put out, and why', async () => {
    const params = { userId: guestId };
    await operator.call(adminPlayersApi.kick, { params, body: { reason: 'Too loud', from: 'session' } });
    await guest.waitForState('ended');
    expect(await guest.endReason()).toBe('kicked');
    await guest.page.getByText('You were put out', { exact: true }).waitFor();
    expect(await guest.page.getByTestId('try-again').count()).toBe(0);
    await notice(guest, 'Too loud').waitFor();
  });

  it('that an operator has ended the game', async () => {
    const sessionId = host.page.url().split('/').at(-1) ?? '';
    await operator.call(adminFleetApi.endSession, { params: { sessionId }, body: { reason } });
    await host.waitForState('ended');
    expect(await host.endReason()).toBe('operator_ended');
  });

  it('that they are banned, on the page and when they try again', async () => {
    await operator.call(adminPlayersApi.ban, {
      params: { userId: guestId },
      body: { reason: 'Too loud', until: null },
    });
    await guest.page.getByTestId('signin-submit').waitFor();
    await notice(guest, 'Your account was banned.').waitFor();
  });
});

it('the runbook finds every node, on however many pages they are', async () => {
  const { nodeRegistrationKey } = await loadSecrets(platform.paths.secrets);
  for (const nodeId of ['local-a1', 'local-a2']) {
    const body = { nodeId, bootId: randomUUID(), region: 'local', signalUrl: 'ws://127.0.0.1:1/' };
    const node = { ...body, slots: 1, version: '0.0.1', games: [] };
    const options = { fetch, origin: platform.baseUrl, token: nodeRegistrationKey.split(',')[0] ?? '' };
    await callApi(fleetApi.register, { body: node }, options);
  }
  const { items } = await operator.call(adminFleetApi.nodes, { query: {} });
  const found = await runBlocks(['all_nodes limit=1 | jq -r .id\n']);
  expect(found).toBe(items.map(({ id }) => `${id}\n`).join(''));
  expect(items).toHaveLength(3);
});
