import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from './support/browser.ts';
import { Player } from './support/player.ts';
import { SharedPlatform } from './support/shared-platform.ts';
import { until } from './support/until.ts';

let platform: SharedPlatform;
let browser: Browser;

beforeAll(async () => {
  platform = await SharedPlatform.enter();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await platform?.close();
});

const sessionOf = (player: Player) => player.page.url().split('/').at(-1);

describe('a party', () => {
  it('finds together, says that it is ready, talks, and starts one game', async () => {
    const [ada, ben] = [
      await Player.open(browser, platform.baseUrl),
      await Player.open(browser, platform.baseUrl),
    ];
    try {
      await ada.register('Ada');
      await ben.register('Ben');
      for (const player of [ada, ben]) await player.page.getByTestId('social-toggle').click();

      const code = (await ben.page.getByTestId('my-friend-code').textContent()) ?? '';
      await ada.page.getByTestId('friend-code-input').fill(code);
      await ada.page.getByTestId('friend-code-submit').click();
      const accept = ben.page.getByRole('button', { name: 'Accept Ada' });
      await accept.waitFor();
      await accept.click();

      await ada.page.getByRole('button', { name: 'Invite Ben to your party' }).click();
      await ben.page.getByRole('button', { name: 'Join the party of Ada' }).waitFor();
      await ben.page.getByRole('button', { name: 'Join the party of Ada' }).click();
      const members = ada.page.getByTestId('party-members').getByRole('listitem');
      await until('both are in the party', async () => (await members.count()) === 2);

      for (const [player, text] of [
        [ada, 'Shall we?'],
        [ben, 'Of course!'],
      ] as const) {
        await player.page.getByTestId('chat-input').fill(text);
        await player.page.getByTestId('chat-send').click();
        for (const reader of [ada, ben]) {
          await reader.page.getByTestId('chat-log').getByText(text).waitFor();
        }
      }

      await ada.page.getByTestId('ready-ask').click();
      await ben.page.getByTestId('ready-yes').waitFor();
      await ben.page.getByTestId('ready-yes').click();
      await ada.page.getByTestId('party-game').selectOption('probe');
      await ada.page.getByTestId('party-start').click();
      await Promise.all([ada.waitForPicture(), ben.waitForPicture()]);
      expect(sessionOf(ada)).toBe(sessionOf(ben));
    } finally {
      await ada.close();
      await ben.close();
    }
  });
});
