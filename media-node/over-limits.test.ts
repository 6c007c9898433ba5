import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOSE } from '#shared/signal.ts';
import { arrive, GAMES, phase, until } from './test/stage.ts';
import { TestEdge } from './test/test-edge.ts';
import { TestNode } from './test/test-node.ts';

describe('a game that uses more than it may', () => {
  let gamesDir: string;
  let edge: TestEdge;
  let node: TestNode;
  let epoch = 0;

  /** The hostile sample as a game that a developer brought, one version an attempt. */
  function bring(attempt: string): void {
    const folder = join(gamesDir, `hostile-${attempt}`);
    cpSync(join(GAMES, 'hostile'), folder, { recursive: true });
    const manifest = JSON.parse(readFileSync(join(folder, 'game.json'), 'utf8')) as Record<string, unknown>;
    const { command } = manifest as { command: string[] };
    const program = join('/opt/games', `hostile-${attempt}`, 'hostile');
    cpSync(join(GAMES, '../.nearcade/games/hostile/hostile'), join(folder, 'hostile'));
    const changes = { slug: `hostile-${attempt}`, unlisted: false, install: {} };
    const changed = { ...manifest, ...changes, command: [program, ...command.slice(1), attempt] };
    writeFileSync(join(folder, 'game.json'), JSON.stringify(changed));
  }

  beforeAll(async () => {
    gamesDir = mkdtempSync(join(tmpdir(), 'nearcade-games-'));
    for (const attempt of ['last-fill-disk', 'last-fill-saves', 'grab-display']) bring(attempt);
    edge = await TestEdge.open();
    node = await TestNode.open({ edge, overrides: { gamesDir } });
  });
  afterAll(async () => {
    await node?.close();
    await edge?.close();
    rmSync(gamesDir, { recursive: true, force: true });
  });

  const sessionOf = (attempt: string) => ({
    sessionId: randomUUID(),
    sub: randomUUID(),
    epoch: ++epoch,
    game: `hostile-${attempt}`,
    gameVersion: '1',
  });

  it.each([
    ['last-fill-disk', 'game_over_limits'],
    ['last-fill-saves', 'game_over_limits'],
    ['grab-display', 'game_exited'],
  ])('is ended with its reason, and the slot serves the next: %s', async (attempt, reason) => {
    const session = sessionOf(attempt);
    const player = await arrive(edge, session);
    await phase(player, 'playing');
    expect(await player.waitForClose()).toEqual({ code: CLOSE.ended, reason });
    await until(() => edge.eventsOf(session.sessionId).includes(`session_ended ${reason}`));
  });
});
