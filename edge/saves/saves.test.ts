import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { openObjectStore } from '#edge/store/objects.ts';
import {
  api,
  call,
  codeOf,
  createOk,
  deliver,
  heartbeat,
  newNode,
  newPlayer,
  PASSWORD,
  report,
  services,
} from '#edge/testing/platform.ts';
import { held, newStage, type Stage } from '#edge/testing/stage.ts';
import { myAccountApi } from '#shared/api/my-account.ts';
import {
  nodeSavesApi,
  SAVE_MAX_BYTES,
  SAVE_SLOTS_MAX,
  SAVE_UPLOAD_TTL_S,
  SAVE_UPLOADS_MAX,
  SAVES_TOTAL_MAX_BYTES,
  savesApi,
} from '#shared/api/saves.ts';
import { cleanSaves } from './clean.ts';
import { newestSave } from './own.ts';
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
  sha256,
  textOf,
  update,
} from './testing.ts';

describe('a save', () => {
  it('goes up and comes down through presigned links', async () => {
    const stage = await newStage();
    expect(await newest(stage)).toBeNull();
    const made = await save(stage, 'level 1');
    expect(made).toMatchObject({ game: stage.game.slug, slot: 'auto', buildVersion: '1', size: 7 });
    expect(await restored(stage)).toBe('level 1');
    expect(await newest(stage)).toMatchObject({ id: made.id, sha256: sha256(bytes('level 1')) });
    expect(await lists(stage)).toEqual([made]);
    const { db } = await services();
    expect(await newestSave(db, stage.player.user.id, stage.game.slug)).toEqual(made);
    expect(await newestSave(db, stage.player.user.id, 'no-such-game')).toBeUndefined();
  });

  it('takes the place of the one before in its slot, and of no other', async () => {
    const stage = await newStage();
    await save(stage, 'level 1');
    const other = await save(stage, 'by hand', 'by-hand');
    const second = await save(stage, 'level 2');
    expect(await restored(stage)).toBe('level 2');
    const byHand = await api(savesApi.download, { params: { id: other.id } }, stage.player);
    expect(await textOf(await fetch(byHand.url))).toBe('by hand');
    expect((await lists(stage)).map(one => one.id)).toEqual([second.id, other.id]);
    expect((await api(savesApi.list, { query: { limit: 1 } }, stage.player)).nextCursor).not.toBeNull();
  });

  it('follows the player to the next session of the game, also on another node', async () => {
    const stage = await newStage();
    await save(stage, 'level 1');
    const { ticket } = stage.admission;
    await deliver(stage.node.id, [report(ticket, { type: 'session_ended', seq: 1, reason: 'game_exited' })]);
    await heartbeat(stage.node, [], 'draining');
    const node = await newNode([stage.game]);
    const next: Stage = { ...stage, node, admission: await createOk(stage.player, stage.game) };
    expect(await restored(next)).toBe('level 1');
    await save(next, 'level 2');
    expect(await restored(next)).toBe('level 2');
  });

  it('completed twice stays as it is', async () => {
    const stage = await newStage();
    const made = await save(stage, 'level 1');
    expect(await complete(stage, made.id)).toEqual(made);
    expect(await lists(stage)).toHaveLength(1);
  });
});

describe('an upload', () => {
  it('that breaks off leaves the good save alone', async () => {
    const stage = await newStage();
    await save(stage, 'level 1');
    const content = bytes('level 2');
    const never = await begin(stage, content);
    await expect(complete(stage, never.saveId)).rejects.toMatchObject({
      code: 'save_incomplete',
      details: { there: null },
    });
    expect(await restored(stage)).toBe('level 1');
    expect(await lists(stage)).toHaveLength(1);
    await put(never.upload, content);
    await complete(stage, never.saveId);
    expect(await restored(stage)).toBe('level 2');
  });

  it('of other content than was announced is refused by the store and by the platform', async () => {
    const stage = await newStage();
    await save(stage, 'level 1');
    const { saveId, upload } = await begin(stage, bytes('level 2'));
    expect((await put(upload, bytes('cheated'))).status).toBe(400);
    expect((await put(upload, bytes('level 2 and more'))).status).toBe(403);
    if (upload === null) throw new Error('these bytes are new');
    const { 'x-amz-checksum-sha256': _, ...unchecked } = upload.headers;
    expect((await put({ ...upload, headers: unchecked }, bytes('level 2'))).status).toBe(403);
    await expect(complete(stage, saveId)).rejects.toMatchObject({ code: 'save_incomplete' });
    // Even if a store were to take it.
    const { objects } = await services();
    const cheat = bytes('cheated');
    const key = (await keyOf(saveId)) ?? '';
    const link = await objects.uploadLink(key, { size: cheat.length, sha256: sha256(cheat) }, 60);
    await put({ ...link, expiresAt: link.expiresAt.toISOString() }, cheat);
    await expect(complete(stage, saveId)).rejects.toMatchObject({
      code: 'save_incomplete',
      details: { there: { size: 7, sha256: sha256(cheat) } },
    });
    expect(await restored(stage)).toBe('level 1');
  });

  it('begun later counts, when two are under way at once, whichever is complete first', async () => {
    const stage = await newStage();
    const [first, second] = [await begin(stage, bytes('older')), await begin(stage, bytes('newer'))];
    await put(first.upload, bytes('older'));
    await put(second.upload, bytes('newer'));
    await complete(stage, second.saveId);
    await expect(complete(stage, first.saveId)).rejects.toMatchObject({ code: 'save_upload_over' });
    expect(await restored(stage)).toBe('newer');
    await expect(complete(stage, first.saveId)).rejects.toMatchObject({ code: 'save_upload_over' });
  });

  it('is one good save when many are completed at the same moment', async () => {
    const stage = await newStage();
    const uploads = [];
    for (let index = 0; index < 6; index++) {
      const content = bytes(`level ${index}`);
      const { saveId, upload } = await begin(stage, content);
      await put(upload, content);
      uploads.push(saveId);
    }
    await Promise.allSettled(uploads.map(id => complete(stage, id)));
    expect((await lists(stage)).map(one => one.id)).toEqual([uploads.at(-1)]);
    expect(await restored(stage)).toBe('level 5');
  });

  it('is for the node that holds the session, in the epoch that it holds it', async () => {
    const stage = await newStage();
    const content = bytes('level 1');
    const other = await newNode([stage.game]);
    const wrongEpoch = held(stage).epoch + 1;
    await expect(begin(stage, content, { by: other })).rejects.toMatchObject({ code: 'session_not_held' });
    await expect(begin(stage, content, { epoch: wrongEpoch })).rejects.toMatchObject({
      code: 'session_not_held',
    });
    const { saveId, upload } = await begin(stage, content);
    await put(upload, content);
    await expect(complete(stage, saveId, other)).rejects.toMatchObject({ code: 'session_not_held' });
    await expect(complete(stage, saveId, stage.node, wrongEpoch)).rejects.toMatchObject({
      code: 'session_not_held',
    });
    const query = held(stage);
    await expect(api(nodeSavesApi.newest, { query }, other)).rejects.toMatchObject({
      code: 'session_not_held',
    });
    const stranger = await newStage();
    await expect(complete(stranger, saveId)).rejects.toMatchObject({ code: 'save_not_found' });
    expect(await codeOf(call('GET', '/node/v1/saves/newest', { token: stage.player.token }))).toBe(
      'node_unknown',
    );
  });

  it('may come after the end, and a day later is refused', async () => {
    const stage = await newStage();
    const { db } = await services();
    const end = (reason: string, ago: string) =>
      db.execute(sql`update sessions set state = 'ended', end_reason = ${reason}, ended_at = now() - ${ago}::interval
        where id = ${held(stage).sessionId}::uuid`);
    await end('game_exited', '60 s');
    await save(stage, 'at the end');
    await end('node_lost', '10 hours');
    const made = await save(stage, 'when its node was back');
    expect(made).toMatchObject({ slot: 'auto' });
    await end('game_exited', '25 hours');
    await expect(begin(stage, bytes('late'))).rejects.toMatchObject({ code: 'session_not_held' });
  });
});

describe('links', () => {
  it('end: an expired one is refused by the store', async () => {
    const stage = await newStage();
    const { saveId, upload } = await begin(stage, bytes('level 1'));
    const { settings } = await services();
    const anHourAgo = openObjectStore(settings, () => new Date(Date.now() - 3_600_000));
    const key = (await keyOf(saveId)) ?? '';
    const facts = { size: 7, sha256: sha256(bytes('level 1')) };
    const old = await anHourAgo.uploadLink(key, facts, SAVE_UPLOAD_TTL_S);
    const late = await put({ ...old, expiresAt: old.expiresAt.toISOString() }, bytes('level 1'));
    expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
    expect(new Date(upload?.expiresAt ?? 0).getTime() - Date.now()).toBeLessThanOrEqual(
      SAVE_UPLOAD_TTL_S * 1000,
    );
    expect((await put(upload, bytes('level 1'))).status).toBe(200);
  });

  it('to a save are for its player alone', async () => {
    const stage = await newStage();
    const made = await save(stage, 'level 1');
    const params = { id: made.id };
    const link = await api(savesApi.download, { params }, stage.player);
    const got = await fetch(link.url);
    expect(await textOf(got)).toBe('level 1');
    expect(got.headers.get('content-disposition')).toBe(
      `attachment; filename="${stage.game.slug}-auto.save"`,
    );
    const stranger = await newPlayer();
    await expect(api(savesApi.download, { params }, stranger)).rejects.toMatchObject({
      code: 'save_not_found',
    });
    await expect(api(savesApi.delete, { params }, stranger)).rejects.toMatchObject({
      code: 'save_not_found',
    });
    expect(await api(savesApi.list, {}, stranger)).toEqual({ items: [], nextCursor: null });
  });
});

describe('limits', () => {
  it('hold a save, its fields and the slots of a game', async () => {
    const stage = await newStage();
    for (const wrong of [
      { size: SAVE_MAX_BYTES + 1 },
      { size: 0 },
      { slot: 'Not A Slot' },
      { slot: '../up' },
      { epoch: 0 },
    ]) {
      await expect(begin(stage, bytes('x'), wrong)).rejects.toMatchObject({ code: 'invalid_request' });
    }
    for (let index = 0; index < SAVE_SLOTS_MAX; index++) await save(stage, 'x', `slot-${index}`);
    await expect(begin(stage, bytes('x'), { slot: 'more' })).rejects.toMatchObject({
      code: 'save_slots_full',
    });
    expect(await save(stage, 'again', 'slot-0')).toMatchObject({ slot: 'slot-0' });
  });

  it('hold the bytes of a player; what a save replaces does not count', async () => {
    const stage = await newStage();
    const made = await save(stage, 'x');
    const rest = await save(stage, 'y', 'rest');
    await update(rest.id, `size = ${SAVES_TOTAL_MAX_BYTES - SAVE_MAX_BYTES - 1}`);
    await update(made.id, `size = ${SAVE_MAX_BYTES}`);
    await expect(begin(stage, bytes('z'), { slot: 'more', size: 2 })).rejects.toMatchObject({
      code: 'saves_full',
    });
    const { saveId } = await begin(stage, bytes('z'), { size: SAVE_MAX_BYTES });
    await expect(begin(stage, bytes('z'), { size: 2 })).rejects.toMatchObject({ code: 'saves_full' });
    await update(saveId, "state = 'deleted', deleted_at = now()");
    await api(savesApi.delete, { params: { id: made.id } }, stage.player);
    expect(await begin(stage, bytes('z'), { size: SAVE_MAX_BYTES })).toHaveProperty('saveId');
  });

  it('hold the uploads under way, also when they are begun at once', async () => {
    const stage = await newStage();
    const tries = Array.from({ length: SAVE_UPLOADS_MAX + 6 }, () => begin(stage, bytes('x')));
    const results = await Promise.allSettled(tries);
    expect(results.filter(result => result.status === 'fulfilled')).toHaveLength(SAVE_UPLOADS_MAX);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'save_uploads_full' });
    }
  });
});

describe('what is of no use any more', () => {
  it('goes: uploads never completed and deleted saves, with their objects, once no link is left', async () => {
    const stage = await newStage();
    const all = await services();
    const [kept, deleted] = [await save(stage, 'kept'), await save(stage, 'deleted', 'other')];
    await api(savesApi.delete, { params: { id: deleted.id } }, stage.player);
    const { saveId: broken } = await begin(stage, bytes('broken'));
    const keys = await Promise.all([kept.id, deleted.id, broken].map(keyOf));
    const there = () => Promise.all(keys.map(async key => (await all.objects.stat(key ?? '')) !== undefined));
    await cleanSaves(all);
    expect(await there()).toEqual([true, true, false]);
    for (const id of [kept.id, deleted.id, broken])
      await update(id, "upload_expires_at = now() - interval '2 hours'");
    await cleanSaves(all);
    expect(await there()).toEqual([true, false, false]);
    expect(await Promise.all([kept.id, deleted.id, broken].map(keyOf))).toEqual([
      keys[0],
      undefined,
      undefined,
    ]);
    expect(await restored(stage)).toBe('kept');
  });

  it('goes with the account, as soon as the store answers', async () => {
    const stage = await newStage();
    const made = await save(stage, 'x');
    const all = await services();
    await api(myAccountApi.delete, { body: { password: PASSWORD } }, stage.player);
    await update(made.id, "upload_expires_at = now() - interval '2 hours'");
    const away = openObjectStore({ ...all.settings, SAVES_S3_ENDPOINT: 'http://127.0.0.1:1' });
    await cleanSaves({ db: all.db, objects: away });
    expect(await keyOf(made.id)).toBeDefined();
    await cleanSaves(all);
    expect(await keyOf(made.id)).toBeUndefined();
  });
});
