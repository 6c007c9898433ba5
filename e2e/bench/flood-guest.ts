import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputPeer } from '#media-node/test/input-peer.ts';
import { TestPlayer } from '#media-node/test/test-player.ts';
import { encodeInput } from '#shared/input.ts';

/** Messages a millisecond that are tried; what the node's side takes is less. */
const BATCH = 40;

/** A guest by the ticket in its arguments who sends as much input as SCTP takes until the node cuts them off. A process of its own. */
async function main(url = '', ticket = ''): Promise<void> {
  // On a machine of its own, but for the measurement.
  setPriority(19);
  const player = await TestPlayer.hello(url, ticket);
  const { sendTransport } = await player.welcome();
  if (sendTransport === null) throw new Error('no seat');
  const peer = await InputPeer.open(player, sendTransport);
  const message = Buffer.from(encodeInput({ kind: 'releaseAll' }));
  process.stdout.write('floods\n');
  let sent = 0;
  while (player.closed === undefined) {
    for (let i = 0; i < BATCH; i++) if (peer.sendRaw('keys', message)) sent += 1;
    await sleep(1);
  }
  process.stdout.write(`${JSON.stringify({ sent, reason: player.closed.reason })}\n`);
}

await main(process.argv[2], process.argv[3]);
process.exit();
