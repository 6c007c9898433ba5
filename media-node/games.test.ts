import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GAMES, slug, version } from './test/stage.ts';
import { TestEdge } from './test/test-edge.ts';
import { TestNode } from './test/test-node.ts';

const PROBE = readFileSync(join(GAMES, 'probe/game.json'), 'utf8');

describe('a node’s games', () => {
  let gamesDir: string;
  beforeEach(() => {
    gamesDir = mkdtempSync(join(tmpdir(), 'nearcade-games-'));
    cpSync(join(GAMES, 'probe'), join(gamesDir, 'probe'), { recursive: true });
  });
  afterEach(() => rmSync(gamesDir, { recursive: true, force: true }));

  it('are served although others are broken, not built, for tests, or call themselves as another', async () => {
    const manifest = JSON.parse(PROBE) as Record<string, unknown>;
    const others: Record<string, string> = {
      cut: PROBE.slice(0, 200),
      empty: '',
      rubbish: '\0\xff{]',
      list: '[]',
      none: 'null',
      open: JSON.stringify({ ...manifest, slug: 'open', network: true }),
      unbuilt: JSON.stringify({ ...manifest, slug: 'unbuilt' }),
      hidden: JSON.stringify({ ...manifest, slug: 'hidden', unlisted: true, install: {} }),
      another: JSON.stringify({ ...manifest, slug: 'probe', version: '666', install: {} }),
    };
    for (const [name, text] of Object.entries(others)) {
      mkdirSync(join(gamesDir, name));
      writeFileSync(join(gamesDir, name, 'game.json'), text);
    }
    mkdirSync(join(gamesDir, 'folder/game.json'), { recursive: true });
    const edge = await TestEdge.open();
    const node = await TestNode.open({ edge, overrides: { gamesDir } });
    try {
      expect(edge.registrations[0]?.games).toEqual([{ slug, version }]);
    } finally {
      await node.close();
      await edge.close();
    }
  });
});
