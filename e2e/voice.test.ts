import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from './support/browser.ts';
import { Player } from './support/player.ts';
import { readProbe } from './support/probe.ts';
import { SharedPlatform } from './support/shared-platform.ts';
import { until } from './support/until.ts';
import {
  callBar,
  type FakeMicrophone,
  fakeMicrophone,
  holdMicrophone,
  received,
  togglePanel,
  voiceFlow,
} from './support/voice.ts';

let platform: SharedPlatform;
let browser: Browser;
let microphone: FakeMicrophone;
let host: Player;
let guest: Player;
let watcher: Player;

beforeAll(async () => {
  platform = await SharedPlatform.enter();
  microphone = fakeMicrophone();
  browser = await launchBrowser(microphone.args);
  host = await Player.open(browser, platform.baseUrl);
  guest = await Player.open(browser, platform.baseUrl);
  watcher = await Player.open(browser, platform.baseUrl);
  await host.register('Hanna');
  await host.play('probe');
  await guest.joinByLink(await host.shareLink(), 'Gustav', 'player');
});

afterAll(async () => {
  await browser?.close();
  await platform?.close();
  microphone?.close();
});

/** Bytes in a moment that nobody's voice makes: RTCP is not counted, comfort noise is a packet now and then. */
const SILENT = 600;
const HEARD = 1500;

const allow = (player: Player) => player.page.context().grantPermissions(['microphone']);

async function turnMicOn(player: Player): Promise<void> {
  await callBar(player);
  await player.page.getByTestId('mic').click();
  await player.page.getByTestId('mic-state').waitFor();
}

async function clickMic(player: Player): Promise<void> {
  await callBar(player);
  await player.page.getByTestId('mic').click();
}

const write = async (player: Player, text: string) => {
  await player.page.getByTestId('chat-input').fill(text);
  await player.page.getByTestId('chat-send').click();
};
const log = (player: Player) => player.page.getByTestId('chat-log').textContent();
const unread = (player: Player) => player.page.getByTestId('unread-count');

describe('the text channel of a session', () => {
  it('has its history for late joiners, those who watch too, and counts what is unread', async () => {
    await togglePanel(host, 'room');
    await write(host, 'First');
    await guest.page.getByTestId('chat-preview').waitFor();
    expect(await guest.page.getByTestId('chat-preview').textContent()).toContain('First');
    expect(await unread(guest).textContent()).toMatch(/^1 unread/);

    await watcher.joinByLink(await host.shareLink(), 'Walter', 'spectator');
    await togglePanel(watcher, 'room');
    await until('the history', async () => (await log(watcher))?.includes('First') === true);
    await write(watcher, 'Hello from the ranks');
    await until('it arrives', async () => (await log(host))?.includes('Hello from the ranks') === true);
    await until('both are unread', async () => /^2 /.test((await unread(guest).textContent()) ?? ''));

    // The page is gone for a moment: what was seen is known, and what was written meanwhile is not lost.
    await togglePanel(guest, 'room');
    await until('all is seen', async () => !(await unread(guest).isVisible()));
    await guest.page.goto('about:blank');
    await write(host, 'While you were away');
    await until('it is written', async () => (await log(host))?.includes('While you were away') === true);
    await guest.page.goBack();
    await guest.waitForPicture();
    await until('it is unread', async () => /^1 /.test((await unread(guest).textContent()) ?? ''));
    for (const player of [host, watcher]) await togglePanel(player, 'room');
  });
});

describe('voice', () => {
  it('has the microphone for our own pages alone', async () => {
    const { headers } = await fetch(platform.baseUrl);
    expect(headers.get('permissions-policy')).toContain('microphone=(self)');
  });

  it('is between the members of a session, and the game never waits for it', async () => {
    // Off until it is turned on; who is refused by the browser is told so.
    expect(await guest.page.getByTestId('mic-state').isVisible()).toBe(false);
    await guest.page.context().grantPermissions([]);
    await clickMic(guest);
    await togglePanel(guest, 'voice');
    await guest.page.getByTestId('voice-problem').waitFor();
    expect(await guest.page.getByTestId('voice-problem').getAttribute('data-problem')).toBe('denied');
    await togglePanel(guest, 'voice');

    // One speaks: the others hear and see it.
    const before = await received(host);
    await allow(guest);
    await turnMicOn(guest);
    await until(
      'the voice arrives',
      async () => (await received(host)).voice.energy > before.voice.energy + 1e-4,
    );
    await until('and at who watches', async () => (await voiceFlow(watcher)) > HEARD);
    await host.page.locator('[data-testid=voice-overlay] [data-speaks=true]').waitFor();

    // Muted by themselves.
    await clickMic(guest);
    await until('silence', async () => (await voiceFlow(host)) < SILENT);
    await clickMic(guest);
    await until('the voice again', async () => (await voiceFlow(host)) > HEARD);

    // Muted by one listener: nothing more flows to them alone. And how loud somebody is.
    await togglePanel(host, 'room');
    const member = host.page.getByTestId('member-voice');
    await member.getByTestId('member-volume').fill('0.25');
    await until('the volume', async () =>
      host.page.getByTestId('voice-sound').evaluate((sound: HTMLAudioElement) => sound.volume === 0.25),
    );
    await member.getByTestId('mute-for-me').click();
    await until('silence here', async () => (await voiceFlow(host)) < SILENT);
    await until('not at the others', async () => (await voiceFlow(watcher)) > HEARD);
    await member.getByTestId('mute-for-me').click();
    await until('the voice again', async () => (await voiceFlow(host)) > HEARD);

    // Muted by the host for all.
    await member.getByTestId('mute-for-all').click();
    await until('silence everywhere', async () => (await voiceFlow(watcher)) < SILENT);
    expect(await guest.page.getByTestId('mic-state').getAttribute('data-live')).toBe('false');
    await member.getByTestId('mute-for-all').click();
    await until('the voice again', async () => (await voiceFlow(watcher)) > HEARD);

    // Who watches speaks when the host allows it.
    expect(await watcher.page.getByTestId('mic').isDisabled()).toBe(true);
    await togglePanel(host, 'voice');
    await host.page.getByTestId('spectators-speak').check();
    await until('the watcher may', async () => watcher.page.getByTestId('mic').isEnabled());
    await togglePanel(host, 'voice');

    // Three voices come and go: the game's streams are the same, and nothing of them stops.
    const start = await received(host);
    for (const player of [watcher, host]) {
      await allow(player);
      await turnMicOn(player);
    }
    await until('all are heard', async () => (await host.page.getByTestId('voice-sound').count()) === 2);
    for (const player of [watcher, host, guest]) {
      await togglePanel(player, 'voice');
      await player.page.getByTestId('mic-power').click();
      await togglePanel(player, 'voice');
    }
    await until('nobody is heard', async () => (await host.page.getByTestId('voice-sound').count()) === 0);
    // How smooth it was meanwhile is the machine's business here: nothing of it was made anew, and all of it goes on.
    await until('picture and sound of the game go on', async () => {
      const { game } = await received(host);
      return game.frames > start.game.frames && game.audioPackets > start.game.audioPackets + 100;
    });
    expect((await received(host)).game.ids).toBe(start.game.ids);

    // Push-to-talk: heard while the key is held, which the game does not get.
    await togglePanel(guest, 'voice');
    await guest.page.getByTestId('push-to-talk').check();
    // Another microphone, picked before the first was open to the others, is the one that they hear.
    const microphones = await holdMicrophone(guest);
    await guest.page.getByTestId('mic-power').click();
    await guest.page.getByTestId('mic-level').waitFor();
    await guest.page.getByTestId('mic-device').selectOption({ index: 1 });
    await until('the other is open', async () => (await microphones.opened()) === 2);
    await microphones.letGo();
    const talkKey = guest.page.getByTestId('talk-key');
    await talkKey.click();
    await until('it waits for a key', async () => (await talkKey.textContent()) === 'Press a key');
    await guest.page.keyboard.press('Space');
    await until('it has the key', async () => (await talkKey.textContent()) === 'Space');
    await togglePanel(guest, 'voice');
    await until('the voice is there', async () => (await host.page.getByTestId('voice-sound').count()) === 1);
    await until('silence without the key', async () => (await voiceFlow(host)) < SILENT);
    await guest.focus();
    const { presses } = await readProbe(host);
    await guest.page.keyboard.down('Space');
    await until('it is heard', async () => (await voiceFlow(host)) > HEARD);
    await guest.page.keyboard.up('Space');
    expect((await readProbe(host)).presses).toEqual(presses);
    await until('silence', async () => (await voiceFlow(host)) < SILENT);

    // A lost link: the microphone comes back with the next one.
    await guest.page.evaluate(() => window.testSockets.at(-1)?.close());
    await until('gone', async () => (await host.page.getByTestId('voice-sound').count()) === 0);
    await guest.waitForPicture();
    await until('back', async () => (await host.page.getByTestId('voice-sound').count()) === 1);

    // Who leaves disappears.
    await guest.close();
    await until('gone', async () => (await host.page.getByTestId('voice-sound').count()) === 0);
  });
});
