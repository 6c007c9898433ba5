import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { nodeLost } from '#edge/fleet/reconcile.ts';
import { api, deliver, newGame, newNode, newPlayer, report, services } from '#edge/testing/platform.ts';
import { held, newStage, type Stage } from '#edge/testing/stage.ts';
import { playApi } from '#shared/api/play.ts';
import { SAVE_BUILDS_KEPT, SAVE_SLOTS_MAX, savesApi } from '#shared/api/saves.ts';
import { cleanSaves } from './clean.ts';
import {
  begin,
  bytes,
  complete,
  keyOf,
  lists,
  newest,
  put,
  restored,
  save,
  textOf,
  update,
} from './testing.ts';

/** Ends the session, so that the player may begin another. */
async function end(stage: Stage): Promise<void> {
  await deliver(stage.node.id, [
    report(stage.admission.ticket, { type: 'session_ended', seq: 9, reason: 'player_quit' }),
  ]);
}

/** The player's next session of the game. */
async function next(stage: Stage, wish: { saveSlot?: string; saveId?: string } = {}): Promise<Stage> {
  await end(stage);
  const body = { game: stage.game.slug, ...wish };
  const admission = await api(playApi.create, { body }, stage.player);
  if (admission.kind !== 'admitted') throw new Error('there is a slot');
  return { ...stage, admission };
}

/** From here on sessions of the stage are of this build; those of a later call count as newer. */
async function runBuild(stage: Stage, version: string): Promise<void> {
  const { db } = await services();
  const { slug } = stage.game;
  await db.batch([
    db.execute(sql`
      insert into game_builds (id, game, version, status, manifest, seats, price, price_unit, published_at)
      select uuidv7(), game, ${version}, 'published', manifest, seats, price, price_unit, now()
      from game_builds where game = ${slug} limit 1 on conflict do nothing`),
    db.execute(sql`update game_releases set version = ${version} where game = ${slug} and ended_at is null`),
    db.execute(sql`
      insert into node_games (node_id, game, version) values (${stage.node.id}, ${slug}, ${version})
      on conflict do nothing`),
  ]);
}

describe('slots', () => {
  it('are the player’s choice at the start: a session begins with its slot and is kept there', async () => {
    const first = await newStage();
    await save(first, 'by itself');
    const second = await next(first, { saveSlot: 'second-try' });
    expect(await newest(second)).toBeNull();
    expect(await save(second, 'a new game')).toMatchObject({ slot: 'second-try' });
    const again = await next(second);
    expect(await restored(again)).toBe('by itself');
    expect(await restored(await next(again, { saveSlot: 'second-try' }))).toBe('a new game');
  });

  it('keep what they have when a session saves into another', async () => {
    const stage = await newStage();
    await save(stage, 'level 1');
    await save(stage, 'before the boss', 'boss');
    await save(stage, 'level 2');
    expect(await restored(stage)).toBe('level 2');
    const other = await next(stage, { saveSlot: 'boss' });
    expect(await restored(other)).toBe('before the boss');
  });

  it('are so many a game: another one is refused before the game begins', async () => {
    const stage = await newStage();
    for (let index = 0; index < SAVE_SLOTS_MAX; index++) await save(stage, `${index}`, `slot-${index}`);
    await expect(next(stage, { saveSlot: 'more' })).rejects.toMatchObject({ code: 'save_slots_full' });
    const begun = await next(stage, { saveSlot: 'slot-3' });
    expect(await restored(begun)).toBe('3');
  });
});

describe('one save that is asked for', () => {
  it('is what the session begins with, and its slot is where it goes on', async () => {
    const stage = await newStage();
    const boss = await save(stage, 'before the boss', 'boss');
    await save(stage, 'level 9');
    const other = await next(stage, { saveId: boss.id });
    expect(await restored(other)).toBe('before the boss');
    expect(await save(other, 'after the boss')).toMatchObject({ slot: 'boss' });
    // The session goes on elsewhere with what it has saved itself.
    expect(await restored(other)).toBe('after the boss');
  });

  it('must be one of mine, of this game, and still there', async () => {
    const stage = await newStage();
    const mine = await save(stage, 'mine');
    await end(stage);
    const ask = (wish: object, who = stage.player, game = stage.game) =>
      api(playApi.create, { body: { game: game.slug, ...wish } }, who);
    const stranger = await newPlayer();
    await expect(ask({ saveId: mine.id }, stranger)).rejects.toMatchObject({ code: 'save_not_found' });
    const otherGame = await newGame();
    await newNode([otherGame]);
    await expect(ask({ saveId: mine.id }, stage.player, otherGame)).rejects.toMatchObject({
      code: 'save_of_other_game',
    });
    await expect(ask({ saveId: mine.id, saveSlot: 'auto' })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    await expect(ask({ saveSlot: '../up' })).rejects.toMatchObject({ code: 'invalid_request' });
    const party = { party: crypto.randomUUID(), saveSlot: 'auto' };
    await expect(api(playApi.create, { body: party }, stage.player)).rejects.toMatchObject({
      code: 'invalid_request',
    });
    await api(savesApi.delete, { params: { id: mine.id } }, stage.player);
    await expect(ask({ saveId: mine.id })).rejects.toMatchObject({ code: 'save_not_found' });
  });
});

describe('builds', () => {
  it('read what older ones wrote, and never what newer ones did, unless the player asks', async () => {
    const first = await newStage();
    await save(first, 'by build 1');
    await runBuild(first, '2');
    const second = await next(first);
    expect(await restored(second)).toBe('by build 1');
    const newer = await save(second, 'by build 2');
    expect(newer).toMatchObject({ buildVersion: '2', slot: 'auto' });
    // Rolled back: the older build finds its own, and leaves the newer one's alone.
    await runBuild(first, '1');
    const third = await next(second);
    expect(await restored(third)).toBe('by build 1');
    await save(third, 'by build 1 again');
    const asked = await next(third, { saveId: newer.id });
    expect(await restored(asked)).toBe('by build 2');
    // The newer build goes on with what was played last.
    await runBuild(first, '2');
    expect(await restored(await next(asked))).toBe('by build 1 again');
  });

  it('keep a save each in a slot, the newest of them', async () => {
    let stage = await newStage();
    await save(stage, 'by build 1');
    for (const version of ['2', '3', '4']) {
      await runBuild(stage, version);
      stage = await next(stage);
      await save(stage, `by build ${version}`);
    }
    expect((await lists(stage)).map(one => one.buildVersion)).toEqual(
      ['4', '3', '2'].slice(0, SAVE_BUILDS_KEPT),
    );
  });
});

describe('the same bytes', () => {
  it('are not put up twice: another slot refers to what lies there', async () => {
    const stage = await newStage();
    const first = await save(stage, 'level 1');
    const { saveId, upload } = await begin(stage, bytes('level 1'), { slot: 'boss' });
    expect(upload).toBeNull();
    const second = await complete(stage, saveId);
    expect(second).toMatchObject({ slot: 'boss', sha256: first.sha256 });
    expect(await keyOf(second.id)).toBe(await keyOf(first.id));
    // A stranger's are another matter.
    expect((await begin(await newStage(), bytes('level 1'))).upload).not.toBeNull();
  });

  it('stay as long as one save refers to them, and go with the last', async () => {
    const stage = await newStage();
    const all = await services();
    const first = await save(stage, 'level 1');
    const second = await save(stage, 'level 1', 'boss');
    const key = (await keyOf(first.id)) ?? '';
    const clean = async (id: string) => {
      await api(savesApi.delete, { params: { id } }, stage.player);
      await update(id, "upload_expires_at = now() - interval '2 hours'");
      await cleanSaves(all);
      return all.objects.stat(key);
    };
    expect(await clean(first.id)).toBeDefined();
    const link = await api(savesApi.download, { params: { id: second.id } }, stage.player);
    expect(await textOf(await fetch(link.url))).toBe('level 1');
    expect(await clean(second.id)).toBeUndefined();
    await cleanSaves(all);
    expect(await keyOf(first.id)).toBeUndefined();
  });

  it('are put up again when the store has lost them', async () => {
    const stage = await newStage();
    const { objects } = await services();
    const first = await save(stage, 'level 1');
    await objects.delete((await keyOf(first.id)) ?? '');
    const { saveId, upload } = await begin(stage, bytes('level 1'));
    expect((await put(upload, bytes('level 1'))).status).toBe(200);
    await complete(stage, saveId);
    expect(await restored(stage)).toBe('level 1');
  });
});

it('a session that began with a save goes on elsewhere with it, though it has not saved yet itself', async () => {
  const before = await newStage();
  await save(before, 'level 1');
  const stage = await next(before);
  await deliver(stage.node.id, [report(stage.admission.ticket, { type: 'session_playing', seq: 3 })]);
  const { db } = await services();
  const spare = await newNode([stage.game]);
  await db.execute(
    sql`update nodes set lease_expires_at = now() - interval '1 s' where id = ${stage.node.id}`,
  );
  await nodeLost(await services(), stage.node.id);
  const params = { id: held(stage).sessionId };
  const again = await api(playApi.ticket, { params }, stage.player);
  if (again.kind !== 'admitted') throw new Error('there is a slot');
  expect(await restored({ ...stage, node: spare, admission: again })).toBe('level 1');
});
