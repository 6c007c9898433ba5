import { sql } from 'drizzle-orm';
import type { Save } from '#shared/api/saves.ts';
import type { SaveState } from '#shared/lifecycles/saves.ts';

export const saveColumns = sql`
  save.id, save.game, save.slot, save.build_version as "buildVersion", save.size, save.sha256, save.state,
  save.object_key as "objectKey", save.saved_at as "savedAt"`;

export type SaveRow = Record<string, unknown> & {
  id: string;
  game: string;
  slot: string;
  buildVersion: string;
  size: number;
  sha256: string;
  state: SaveState;
  objectKey: string;
  /** Null until it was good. */
  savedAt: string | null;
};

/** What the API shows of a good save. */
export function toSave({ id, game, slot, buildVersion, size, sha256, savedAt }: SaveRow): Save {
  return { id, game, slot, buildVersion, size, sha256, savedAt: new Date(savedAt ?? 0).toISOString() };
}

/** What a browser calls a downloaded save: `mrboom-auto.save`. */
export const fileNameOf = ({ game, slot }: Pick<SaveRow, 'game' | 'slot'>): string => `${game}-${slot}.save`;
