import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import {
  api,
  deliver,
  newGame,
  newNode,
  newPlayer,
  PASSWORD,
  report,
  services,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { newStage, type Stage } from '#edge/testing/stage.ts';
import { myAccountApi } from '#shared/api/my-account.ts';
import { playApi } from '#shared/api/play.ts';
import { saveSharesApi } from '#shared/api/save-shares.ts';
import { SAVE_SLOTS_MAX, savesApi } from '#shared/api/saves.ts';
import { cleanSaves } from './clean.ts';
import { keyOf, restored, save, textOf, update } from './testing.ts';

const share = (stage: Stage, id: string, body: { uses?: number; expiresIn?: number } = {}) =>
  api(saveSharesApi.create, { params: { id }, body }, stage.player);

/** A save of the stage's host and a link to it. */
async function shared(text = 'at the boss', wish: { uses?: number; expiresIn?: number } = {}) {
  const stage = await newStage();
  const made = await save(stage, text);
  const link = await share(stage, made.id, wish);
  const token = link.token ?? '';
  return { stage, made, link, token };
}

const use = (token: string, player: TestPlayer) => api(saveSharesApi.use, { body: { token } }, player);
const preview = (token: string, player: TestPlayer) =>
  api(saveSharesApi.preview, { body: { token } }, player);

async function contentOf(id: string, player: TestPlayer): Promise<string> {
  const link = await api(savesApi.download, { params: { id } }, player);
  return textOf(await fetch(link.url));
}

async function changeShare(id: string, change: string): Promise<void> {
  const { db } = await services();
  await db.execute(sql`update save_shares set ${sql.raw(change)} where id = ${id}::uuid`);
}

async function end(stage: Stage): Promise<void> {
  await deliver(stage.node.id, [
    report(stage.admission.ticket, { type: 'session_ended', seq: 9, reason: 'player_quit' }),
  ]);
}

describe('a shared moment', () => {
  it('lets another player begin a session of their own with a copy', async () => {
    const { stage, token } = await shared();
    await end(stage);
    const guest = await newPlayer();
    expect(await preview(token, guest)).toMatchObject({
      game: stage.game.slug,
      from: { id: stage.player.user.id },
    });
    const copy = await use(token, guest);
    expect(copy).toMatchObject({ game: stage.game.slug, slot: 'moment', buildVersion: '1', size: 11 });
    const admission = await api(playApi.create, { body: { game: stage.game.slug, saveId: copy.id } }, guest);
    if (admission.kind !== 'admitted') throw new Error('there is a slot');
    const theirs: Stage = { ...stage, player: guest, admission };
    expect(await restored(theirs)).toBe('at the boss');
    // What they make of it is theirs.
    await save(theirs, 'past the boss');
    expect(await restored(theirs)).toBe('past the boss');
    expect((await api(savesApi.list, {}, stage.player)).items).toHaveLength(1);
  });

  it('is the save as it was, whatever becomes of the original', async () => {
    const { stage, made, token } = await shared();
    await save(stage, 'much later');
    const [first, second] = [await newPlayer(), await newPlayer()];
    expect(await contentOf((await use(token, first)).id, first)).toBe('at the boss');
    // The original is gone by now; so is every trace that would keep its object, but for the link.
    const all = await services();
    const key = (await keyOf(made.id)) ?? '';
    await update(made.id, "upload_expires_at = now() - interval '2 hours'");
    await cleanSaves(all);
    expect(await contentOf((await use(token, second)).id, second)).toBe('at the boss');
    expect(await all.objects.stat(key)).toBeDefined();
  });

  it('leaves nothing behind when the link has ended and the copies are gone', async () => {
    const { stage, made, link, token } = await shared();
    const guest = await newPlayer();
    const copy = await use(token, guest);
    const all = await services();
    const key = (await keyOf(made.id)) ?? '';
    const isThere = async () => {
      await cleanSaves(all);
      return (await all.objects.stat(key)) !== undefined;
    };
    await api(savesApi.delete, { params: { id: made.id } }, stage.player);
    await update(made.id, "upload_expires_at = now() - interval '2 hours'");
    expect(await isThere()).toBe(true);
    await api(saveSharesApi.revoke, { params: { id: link.id } }, stage.player);
    expect(await isThere()).toBe(true);
    await api(savesApi.delete, { params: { id: copy.id } }, guest);
    await update(copy.id, "upload_expires_at = now() - interval '2 hours'");
    expect(await isThere()).toBe(false);
  });

  it('counts each player once, and no more than it is for, also at the same moment', async () => {
    const { link, stage, token } = await shared('x', { uses: 3 });
    const guests = await Promise.all(Array.from({ length: 6 }, () => newPlayer()));
    const results = await Promise.allSettled(guests.map(guest => use(token, guest)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'save_share_used_up' });
    }
    const index = results.findIndex(({ status }) => status === 'fulfilled');
    const lucky = guests[index];
    const copy = results[index];
    if (lucky === undefined || copy?.status !== 'fulfilled') throw new Error('three were let in');
    expect(await use(token, lucky)).toEqual(copy.value);
    // Who has deleted their copy may have another, on the same count.
    await api(savesApi.delete, { params: { id: copy.value.id } }, lucky);
    expect((await use(token, lucky)).id).not.toBe(copy.value.id);
    expect((await api(saveSharesApi.mine, {}, stage.player)).items.map(({ id }) => id)).not.toContain(
      link.id,
    );
  });

  it('ends: when its time is over, when it is revoked, when its maker is gone', async () => {
    const refusal = { code: 'save_share_invalid' };
    const guest = await newPlayer();
    const expired = await shared();
    await changeShare(expired.link.id, "expires_at = now() - interval '1 s'");
    await expect(use(expired.token, guest)).rejects.toMatchObject(refusal);
    await expect(preview(expired.token, guest)).rejects.toMatchObject(refusal);
    const revoked = await shared();
    await expect(api(saveSharesApi.revoke, { params: { id: revoked.link.id } }, guest)).rejects.toMatchObject(
      { code: 'not_found' },
    );
    await api(saveSharesApi.revoke, { params: { id: revoked.link.id } }, revoked.stage.player);
    await expect(use(revoked.token, guest)).rejects.toMatchObject(refusal);
    const left = await shared();
    await api(myAccountApi.delete, { body: { password: PASSWORD } }, left.stage.player);
    await expect(use(left.token, guest)).rejects.toMatchObject(refusal);
    await expect(use('A'.repeat(22), guest)).rejects.toMatchObject(refusal);
    await expect(use('not-a-token', guest)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('is of its game alone', async () => {
    const { token } = await shared();
    const guest = await newPlayer();
    const copy = await use(token, guest);
    const other = await newGame();
    await newNode([other]);
    await expect(
      api(playApi.create, { body: { game: other.slug, saveId: copy.id } }, guest),
    ).rejects.toMatchObject({ code: 'save_of_other_game' });
  });

  it('is made of a good save of one’s own, and shown again to who made it', async () => {
    const { stage, made, link } = await shared();
    const stranger = await newPlayer();
    await expect(
      api(saveSharesApi.create, { params: { id: made.id }, body: {} }, stranger),
    ).rejects.toMatchObject({ code: 'save_not_found' });
    expect((await api(saveSharesApi.mine, {}, stage.player)).items).toEqual([link]);
    expect((await api(saveSharesApi.mine, {}, stranger)).items).toEqual([]);
    const second = await share(stage, made.id);
    const page = await api(saveSharesApi.mine, { query: { limit: 1 } }, stage.player);
    expect(page.items.map(({ id }) => id)).toEqual([second.id]);
    const rest = await api(
      saveSharesApi.mine,
      { query: { limit: 1, cursor: page.nextCursor ?? '' } },
      stage.player,
    );
    expect(rest.items.map(({ id }) => id)).toEqual([link.id]);
    await expect(share(stage, made.id, { uses: 0 })).rejects.toMatchObject({ code: 'invalid_request' });
    await api(savesApi.delete, { params: { id: made.id } }, stage.player);
    await expect(share(stage, made.id)).rejects.toMatchObject({ code: 'save_not_found' });
  });

  it('needs room among the saves of who uses it', async () => {
    const { stage, token } = await shared();
    const guest = await newStage();
    const { db } = await services();
    for (let index = 0; index < SAVE_SLOTS_MAX; index++) await save(guest, `${index}`, `slot-${index}`);
    await db.execute(sql`
      update saves set game = ${stage.game.slug} where user_id = ${guest.player.user.id}::uuid`);
    await expect(use(token, guest.player)).rejects.toMatchObject({ code: 'save_slots_full' });
    expect(await preview(token, guest.player)).toMatchObject({ game: stage.game.slug });
  });
});
