import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { services } from '#edge/testing/platform.ts';
import { storedStatements } from './stored-statements.ts';

describe('stored statements', () => {
  it('are in the migrations as they are in the code: else run `npm run generate`', async () => {
    const { db } = await services();
    const { rows } = await db.execute<{ name: string }>(sql`select proname as name from pg_proc`);
    const stored = new Set(rows.map(row => row.name));
    expect(storedStatements.filter(({ name }) => !stored.has(name)).map(({ name }) => name)).toEqual([]);
  });

  it('have names that follow from what they do', () => {
    for (const { name, definition } of storedStatements) {
      expect(name).toMatch(/^[a-z_]+_[0-9a-f]{8}$/);
      expect(definition).toContain(`"${name}"`);
    }
  });
});
