import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { api, services, type TestNode } from '#edge/testing/platform.ts';
import { held, type Stage } from '#edge/testing/stage.ts';
import { nodeSavesApi, type SaveLink, savesApi } from '#shared/api/saves.ts';

export const bytes = (text: string) => new TextEncoder().encode(text);
export const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

interface Begin {
  slot?: string;
  by?: TestNode;
  epoch?: number;
  size?: number;
}
export const begin = (stage: Stage, content: Uint8Array, { slot, by, epoch, size }: Begin = {}) =>
  api(
    nodeSavesApi.begin,
    {
      body: {
        ...held(stage),
        size: size ?? content.length,
        sha256: sha256(content),
        ...(slot === undefined ? {} : { slot }),
        ...(epoch === undefined ? {} : { epoch }),
      },
    },
    by ?? stage.node,
  );

export const put = (upload: SaveLink | null, content: Uint8Array) => {
  if (upload === null) throw new Error('there is nothing to put up');
  const { 'content-length': _, ...headers } = upload.headers;
  return fetch(upload.url, { method: upload.method, body: content, headers });
};

export const complete = (stage: Stage, id: string, by = stage.node, epoch = held(stage).epoch) =>
  api(nodeSavesApi.complete, { params: { id }, body: { ...held(stage), epoch } }, by);

export const newest = async (stage: Stage) =>
  (await api(nodeSavesApi.newest, { query: held(stage) }, stage.node)).save;

/** All three steps. */
export async function save(stage: Stage, text: string, slot?: string) {
  const content = bytes(text);
  const { saveId, upload } = await begin(stage, content, slot === undefined ? {} : { slot });
  if (upload !== null) expect((await put(upload, content)).status).toBe(200);
  return complete(stage, saveId);
}

export const textOf = async (answer: Response) => new TextDecoder().decode(await answer.arrayBuffer());

/** What lies behind the link of the good save. */
export async function restored(stage: Stage): Promise<string | null> {
  const found = await newest(stage);
  return found === null ? null : textOf(await fetch(found.download.url));
}

export const lists = async ({ player }: Stage) => (await api(savesApi.list, {}, player)).items;

export async function update(saveId: string, change: string): Promise<void> {
  const { db } = await services();
  await db.execute(sql`update saves set ${sql.raw(change)} where id = ${saveId}::uuid`);
}

export const keyOf = async (saveId: string): Promise<string | undefined> => {
  const { db } = await services();
  const { rows } = await db.execute<{ key: string }>(
    sql`select object_key as key from saves where id = ${saveId}::uuid`,
  );
  return rows[0]?.key;
};
