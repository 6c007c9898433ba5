import { readFileSync } from 'node:fs';
import { ask, XConnection } from '../host/x-connection.ts';
import { descendants } from './processes.ts';

/** X's cookie is what an Xauthority file ends with. */
const COOKIE_BYTES = 16;

/** The display of a test node's only slot, as another client sees it. */
export async function openDisplay(nodePid: number): Promise<XConnection> {
  const server = descendants(nodePid).find(({ program }) => program === 'Xvfb');
  const args = readFileSync(`/proc/${server?.pid}/cmdline`, 'utf8').split('\0');
  const number = Number(args.find(arg => /^:\d+$/.test(arg))?.slice(1));
  // In a sandbox of its own: the file is where the display sees it.
  const auth = `/proc/${server?.pid}/root${args[args.indexOf('-auth') + 1]}`;
  const cookie = readFileSync(auth).subarray(-COOKIE_BYTES);
  return XConnection.open({ number, cookie: Buffer.from(cookie) }, () => undefined);
}

/** X keycodes that are down, lowest first, and mouse buttons as negative numbers. */
export async function heldIn({ client, root }: XConnection): Promise<number[]> {
  const keys = await ask<Buffer>(reply => client.QueryKeymap(reply));
  const { keyMask } = await ask<{ keyMask: number }>(reply => client.QueryPointer(root, reply));
  const codes = [...Array(256).keys()].filter(code => ((keys[code >> 3] ?? 0) >> (code & 7)) & 1);
  const buttons = [1, 2, 3, 4, 5].filter(button => (keyMask >> (7 + button)) & 1).map(button => -button);
  return [...buttons, ...codes];
}
