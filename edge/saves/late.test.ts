import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { nodeLost } from '#edge/fleet/reconcile.ts';
import { api, createOk, deliver, newNode, report, services } from '#edge/testing/platform.ts';
import { newStage, type Stage } from '#edge/testing/stage.ts';
import { playApi } from '#shared/api/play.ts';
import { begin, bytes, lists, restored, save } from './testing.ts';

async function lose(stage: Stage): Promise<void> {
  const all = await services();
  await all.db.execute(
    sql`update nodes set lease_expires_at = now() - interval '1 s' where id = ${stage.node.id}`,
  );
  await nodeLost(all, stage.node.id);
}

const slots = async (stage: Stage) => (await lists(stage)).map(({ slot }) => slot);

describe('a save that was on the disk of a node when that was lost', () => {
  it('is what its session goes on with, while that waits for another node', async () => {
    const stage = await newStage();
    await save(stage, 'level 1');
    await deliver(stage.node.id, [report(stage.admission.ticket, { type: 'session_playing', seq: 3 })]);
    await lose(stage);
    await save(stage, 'level 2');
    const node = await newNode([stage.game]);
    const params = { id: stage.admission.session.id };
    const again = await api(playApi.ticket, { params }, stage.player);
    if (again.kind !== 'admitted') throw new Error('there is a slot');
    const elsewhere = { ...stage, node, admission: again };
    expect(await restored(elsewhere)).toBe('level 2');
    // Now that it goes on elsewhere, what still comes is kept beside.
    expect(await save(stage, 'level 3')).toMatchObject({ slot: 'recovered' });
    expect(await restored(elsewhere)).toBe('level 2');
    await save(elsewhere, 'level 2b');
    expect(await restored(elsewhere)).toBe('level 2b');
    expect((await slots(stage)).sort()).toEqual(['auto', 'recovered']);
  });

  it('is put beside what its player has begun since, and is nobody else’s to put up', async () => {
    const stage = await newStage();
    await deliver(stage.node.id, [report(stage.admission.ticket, { type: 'session_playing', seq: 3 })]);
    await lose(stage); // nothing to go on with: it has failed
    const node = await newNode([stage.game]);
    await expect(begin({ ...stage, node }, bytes('level 1'))).rejects.toMatchObject({
      code: 'session_not_held',
    });
    const next = { ...stage, node, admission: await createOk(stage.player, stage.game) };
    expect(await save(stage, 'level 5')).toMatchObject({ slot: 'recovered' });
    expect(await restored(next)).toBeNull();
  });
});
