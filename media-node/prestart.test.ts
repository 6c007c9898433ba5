import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { Picture } from './test/picture.ts';
import { descendants } from './test/processes.ts';
import { arrive, phase, sessionOfEpoch, slug, until } from './test/stage.ts';
import { TestEdge } from './test/test-edge.ts';
import { TestNode } from './test/test-node.ts';
import { processState } from './watchdog.ts';

const edge = await TestEdge.open();
let node: TestNode | undefined;

afterEach(async () => {
  await node?.close();
  node = undefined;
});

afterAll(() => edge.close());

const probesOf = ({ pid }: TestNode) =>
  descendants(pid).flatMap(found => (found.program === 'probe' ? [found.pid] : []));

it('a game that waits at its title is paused, and taken over by the session that comes for it; the next one waits again', async () => {
  node = await TestNode.open({
    edge,
    overrides: { prestart: { games: [slug], memoryMb: 200, cpu: 1 } },
  });
  const here = node;
  await here.waitForLog(line => line.msg === 'a game waits at its title');
  const [ahead] = probesOf(here);
  await until(() => processState(ahead ?? 0) === 'T');

  const session = sessionOfEpoch(1);
  const player = await arrive(edge, session);
  await phase(player, 'playing');
  // The log comes by a pipe, the player's word by a socket: neither waits for the other.
  await here.waitForLog(line => line.msg === 'the game was started ahead');
  expect(probesOf(here)).toEqual([ahead]);
  expect(processState(ahead ?? 0)).not.toBe('T');
  const picture = await Picture.open(player);
  await picture.close();
  expect(await readdir(join(here.dir, 'data/prestart'))).toEqual([]);

  player.send({ type: 'quit' });
  await player.waitForClose();
  await until(() => here.log.filter(({ msg }) => msg === 'a game waits at its title').length === 2);
  expect(probesOf(here)).not.toContain(ahead);
});

it('games are started ahead only within the budget of memory', async () => {
  node = await TestNode.open({
    edge,
    slots: 2,
    overrides: { prestart: { games: [slug], memoryMb: 200, cpu: 1 } },
  });
  await node.waitForLog(line => line.msg === 'a game waits at its title');
  expect(probesOf(node)).toHaveLength(1);
});
