import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { bytes, put, sha256, textOf } from '#edge/saves/testing.ts';
import { api, newNode, newPlayer, services } from '#edge/testing/platform.ts';
import { held, newStage, type Stage } from '#edge/testing/stage.ts';
import {
  type BeginRecording,
  nodeRecordingsApi,
  RECORDING_MAX_BYTES,
  RECORDINGS_TOTAL_MAX_BYTES,
  recordingsApi,
} from '#shared/api/recordings.ts';
import { cleanRecordings } from './clean.ts';

const FILM = bytes('a film');

function begin(stage: Stage, change: Partial<BeginRecording> = {}, by = stage.node) {
  const body = {
    ...held(stage),
    id: randomUUID(),
    userId: stage.player.user.id,
    mediaType: 'video/mp4' as const,
    size: FILM.length,
    seconds: 12.5,
    sha256: sha256(FILM),
    ...change,
  };
  return api(nodeRecordingsApi.begin, { body }, by);
}

const complete = (stage: Stage, id: string) =>
  api(nodeRecordingsApi.complete, { params: { id }, body: held(stage) }, stage.node);

const list = async (stage: Stage) => (await api(recordingsApi.list, {}, stage.player)).items;

async function record(stage: Stage): Promise<string> {
  const id = randomUUID();
  const { upload } = await begin(stage, { id });
  expect((await put(upload, FILM)).status).toBe(200);
  await complete(stage, id);
  return id;
}

it('a recording goes up by its node, and its host finds, fetches and deletes it', async () => {
  const stage = await newStage();
  const id = randomUUID();
  const { upload } = await begin(stage, { id });
  expect(await list(stage)).toEqual([]);
  await expect(complete(stage, id)).rejects.toMatchObject({ code: 'recording_incomplete' });
  expect((await put(upload, bytes('b film'))).status).toBe(400);
  // A node that begins anew puts up the same one.
  const again = await begin(stage, { id });
  expect((await put(again.upload, FILM)).status).toBe(200);
  await complete(stage, id);
  await complete(stage, id);
  expect(await begin(stage, { id })).toEqual({ upload: null });
  expect(await list(stage)).toEqual([
    expect.objectContaining({
      id,
      game: stage.game.slug,
      size: FILM.length,
      seconds: 12.5,
      mediaType: 'video/mp4',
    }),
  ]);
  const params = { id };
  const link = await api(recordingsApi.download, { params }, stage.player);
  const answer = await fetch(link.url);
  expect(answer.headers.get('content-disposition')).toMatch(/\.mp4"$/);
  expect(await textOf(answer)).toBe('a film');
  const stranger = await newPlayer();
  await expect(api(recordingsApi.download, { params }, stranger)).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(api(recordingsApi.delete, { params }, stranger)).rejects.toMatchObject({ code: 'not_found' });
  await api(recordingsApi.delete, { params }, stage.player);
  expect(await list(stage)).toEqual([]);
});

it('a recording is taken from the node that holds the session, for somebody in it, within the bounds', async () => {
  const stage = await newStage();
  const other = await newNode([stage.game]);
  const refused = { code: 'session_not_held' };
  await expect(begin(stage, {}, other)).rejects.toMatchObject(refused);
  await expect(begin(stage, { epoch: held(stage).epoch + 1 })).rejects.toMatchObject(refused);
  await expect(begin(stage, { userId: (await newPlayer()).user.id })).rejects.toMatchObject(refused);
  await expect(begin(stage, { size: RECORDING_MAX_BYTES + 1 })).rejects.toMatchObject({
    code: 'invalid_request',
  });
  const id = randomUUID();
  await begin(stage, { id });
  await expect(begin(stage, { id, sha256: '0'.repeat(64) })).rejects.toMatchObject({
    code: 'invalid_request',
  });
  const { db } = await services();
  await db.execute(
    sql`update recordings set size = ${RECORDINGS_TOTAL_MAX_BYTES}::bigint where id = ${id}::uuid`,
  );
  await expect(begin(stage)).rejects.toMatchObject({ code: 'recordings_full' });
});

it('a recording that has expired, was deleted or never complete is gone from the store, once nothing can be put there any more', async () => {
  const stage = await newStage();
  const all = await services();
  const [kept, old, deleted] = [await record(stage), await record(stage), await record(stage)];
  await all.db.execute(sql`update recordings set expires_at = now() where id = ${old}::uuid`);
  await api(recordingsApi.delete, { params: { id: deleted } }, stage.player);
  const left = async () => {
    const { rows } = await all.db.execute<{ id: string }>(
      sql`select id from recordings where session_id = ${held(stage).sessionId}::uuid`,
    );
    return rows.map(({ id }) => id).sort();
  };
  await cleanRecordings(all);
  expect(await left()).toEqual([kept, old, deleted].sort());
  await all.db.execute(
    sql`update recordings set upload_expires_at = now() where user_id = ${stage.player.user.id}::uuid`,
  );
  await cleanRecordings(all);
  expect(await left()).toEqual([kept]);
  expect((await list(stage)).map(({ id }) => id)).toEqual([kept]);
  const key = (id: string) => `recordings/${stage.player.user.id}/${id}`;
  expect(await all.objects.stat(key(old))).toBeUndefined();
  expect(await all.objects.stat(key(kept))).toBeDefined();
});
