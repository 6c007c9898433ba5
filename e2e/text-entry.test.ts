import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser } from './support/browser.ts';

const SOURCE = join(import.meta.dirname, '../edge/web/input/text-entry.ts');

let browser: Browser;
let page: Page;
let inputMethod: CDPSession;

beforeAll(async () => {
  browser = await launchBrowser();
  page = await browser.newPage();
  inputMethod = await page.context().newCDPSession(page);
});
afterAll(() => browser?.close());

/** The page's own text field, by itself, in a real browser with the browser's own input method interface. */
describe('what is typed as text', () => {
  beforeEach(async () => {
    await page.setContent('<input id="field">');
    const source = stripTypeScriptTypes(readFileSync(SOURCE, 'utf8'), { mode: 'transform' });
    await page.addScriptTag({ type: 'module', content: `${source}\nwindow.TextEntry = TextEntry;` });
    await page.waitForFunction('window.TextEntry');
    await page.evaluate(`
      window.said = [];
      new TextEntry(document.getElementById('field'), {
        type: text => said.push(text),
        tap: code => said.push({ tap: code }),
        leave: () => said.push('left'),
      });
      document.getElementById('field').focus();`);
  });

  const compose = (text: string) =>
    inputMethod.send('Input.imeSetComposition', {
      text,
      selectionStart: text.length,
      selectionEnd: text.length,
    });
  const commit = (text: string) => inputMethod.send('Input.insertText', { text });
  const said = () => page.evaluate('said');

  it('comes when a composition has ended, as it was chosen: Japanese and Chinese', async () => {
    for (const text of ['n', 'に', 'にほ', 'にほんご', '日本語']) await compose(text);
    expect(await said()).toEqual([]);
    await commit('日本語');
    await expect.poll(said).toEqual(['日本語']);
    for (const text of ['n', 'ni', 'nihao', 'ni hao']) await compose(text);
    await commit('你好');
    await expect.poll(said).toEqual(['日本語', '你好']);
  });

  it('says nothing of a composition that was given up', async () => {
    await compose('にほ');
    await compose('');
    await page.keyboard.press('a');
    await expect.poll(said).toEqual(['a']);
  });

  it('comes at once from a plain keyboard, with keys that are no text as keys', async () => {
    await page.keyboard.type('hé');
    await page.keyboard.press('Backspace');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    const taps = ['Backspace', 'ArrowLeft', 'Enter'].map(tap => ({ tap }));
    await expect.poll(said).toEqual(['h', 'é', ...taps, 'left']);
  });
});
