import { describe, expect, it } from 'vitest';
import type { Catalog } from './catalog.ts';
import { makeMigration, readMigrations } from './files.ts';
import { lint } from './lint.ts';

const LARGE = 1024 ** 3;
const catalog: Catalog = {
  tables: new Map([
    ['users', LARGE],
    ['games', 8192],
  ]),
  routines: new Set(['award', 'quick_claim_01234567']),
  unique: new Set(['users_email']),
  checks: new Set(['games_state']),
  indexes: new Set(['users_at']),
};

const reasonsFor = async (...statements: string[]) => {
  const text = statements.join('\n--> statement-breakpoint\n');
  return (await lint([makeMigration('0001_test', text)], catalog)).map(({ reason }) => reason).join('\n');
};

describe('an expand step', () => {
  it.each([
    ['ALTER TABLE "games" DROP COLUMN "art"', 'drops games.art'],
    ['ALTER TABLE "games" RENAME COLUMN "art" TO "cover"', 'renames'],
    ['ALTER TABLE "games" RENAME TO "titles"', 'renames'],
    ["ALTER TYPE \"state\" RENAME VALUE 'a' TO 'b'", 'renames a value'],
    ['DROP TABLE "games"', 'drops a table (games)'],
    ['DROP TYPE "state"', 'drops a type'],
    ['TRUNCATE "games"', 'empties a table'],
    ['ALTER TABLE "games" ALTER COLUMN "seats" SET NOT NULL', 'must not be null any more'],
    ['ALTER TABLE "games" ADD COLUMN "seats" integer NOT NULL', 'has no default'],
    ['ALTER TABLE "games" ALTER COLUMN "seats" DROP DEFAULT', 'drops the default'],
    ['ALTER TABLE "games" ALTER COLUMN "seats" SET DATA TYPE bigint', 'changes the type'],
    ['ALTER TABLE "users" DROP CONSTRAINT "users_email"', 'on conflict'],
    ['DROP INDEX "users_email"', 'on conflict'],
    ['DROP INDEX "unheard_of"', 'on conflict'],
    ['CREATE INDEX "users_name" ON "users" USING btree ("name")', 'create it concurrently'],
    ['CREATE UNIQUE INDEX "users_name" ON "users" ("name")', 'create it concurrently'],
    ['ALTER TABLE "users" ADD CONSTRAINT "a" CHECK (age > 0)', 'not valid'],
    ['ALTER TABLE "users" ADD CONSTRAINT "a" FOREIGN KEY ("game") REFERENCES "games"("id")', 'not valid'],
    ['ALTER TABLE "users" ADD CONSTRAINT "a" UNIQUE ("name")', 'using it'],
    ['UPDATE "users" SET name = lower(name)', 'fill it in parts'],
    ['DELETE FROM "users" WHERE name is null', 'fill it in parts'],
    ['DROP FUNCTION "award"(uuid)', 'drops a function (award)'],
    ['drop procedure quick_claim_01234567', 'drops a procedure'],
    ['create or replace function "award"(a int) returns int language sql as $$ select 1 $$', 'another name'],
    ['ALTER TABLE', 'cannot be read'],
  ])('refuses %s', async (statement, reason) => {
    expect(await reasonsFor(statement)).toContain(reason);
  });

  it.each([
    'ALTER TABLE "games" ADD COLUMN "seats" integer',
    'ALTER TABLE "games" ADD COLUMN "seats" integer DEFAULT 1 NOT NULL',
    'ALTER TABLE "games" ALTER COLUMN "seats" DROP NOT NULL',
    'ALTER TABLE "games" ALTER COLUMN "seats" SET DEFAULT 2',
    'ALTER TABLE "games" DROP CONSTRAINT "games_state"',
    'DROP INDEX "users_at"',
    'CREATE INDEX "games_name" ON "games" ("name")',
    'CREATE INDEX CONCURRENTLY "users_name" ON "users" ("name")',
    'ALTER TABLE "games" ADD CONSTRAINT "games_state" CHECK (state <> \'\')',
    'ALTER TABLE "users" ADD CONSTRAINT "a" CHECK (age > 0) NOT VALID',
    'ALTER TABLE "users" VALIDATE CONSTRAINT "a"',
    'ALTER TABLE "users" ADD CONSTRAINT "a" UNIQUE USING INDEX "users_name"',
    'ALTER TYPE "state" ADD VALUE \'c\'',
    'create or replace function "quick_claim_01234567"(a int) returns int language sql as $$ select 1 $$',
    'create or replace function "new_89abcdef"(a int) returns int language sql as $$ select 1 $$',
    'UPDATE "games" SET seats = 1',
  ])('may %s', async statement => {
    expect(await reasonsFor(statement)).toBe('');
  });

  it('may do anything to a table that it has made itself', async () => {
    const reasons = await reasonsFor(
      'CREATE TABLE "new" ("id" integer PRIMARY KEY, "old" integer)',
      'ALTER TABLE "new" ADD CONSTRAINT "a" FOREIGN KEY ("id") REFERENCES "users"("id")',
      'CREATE INDEX "new_old" ON "new" ("old")',
      'ALTER TABLE "new" DROP COLUMN "old"',
    );
    expect(reasons).toBe('');
  });

  const ADD = 'ALTER TABLE "games" ADD COLUMN "seats" integer';
  const VALIDATE = 'ALTER TABLE "users" VALIDATE CONSTRAINT "a"';

  it.each([
    ['ALTER TABLE "users" ADD CONSTRAINT "a" CHECK (age > 0) NOT VALID', VALIDATE, 'users'],
    [ADD, VALIDATE, 'games'],
    [ADD, 'INSERT INTO "games" SELECT id FROM "users"', 'games'],
    [ADD, 'UPDATE "games" SET seats = 1 FROM "users" WHERE users.game = games.id', 'games'],
    [ADD, 'CREATE MATERIALIZED VIEW "m" AS SELECT * FROM "users"', 'games'],
    [ADD, 'SELECT count(*) FROM (SELECT * FROM public."users") AS u', 'games'],
    ['CREATE INDEX "games_name" ON "games" ("name")', VALIDATE, 'games'],
    ['DROP INDEX "users_at"', VALIDATE, 'the table of users_at'],
    ['LOCK TABLE "games" IN SHARE MODE', VALIDATE, 'games'],
    ['CREATE TRIGGER "t" BEFORE INSERT ON "games" FOR EACH ROW EXECUTE FUNCTION f()', VALIDATE, 'games'],
    ['CREATE TABLE "new" ("id" integer REFERENCES "games"("id"))', VALIDATE, 'games'],
  ])('refuses to hold %s while it does %s', async (locking, long, table) => {
    const reason = `reads users, which is large, while others wait for ${table}, locked by then`;
    expect(await reasonsFor(locking, long)).toContain(reason);
    // In this order, and in transactions of their own, nobody waits.
    expect(await reasonsFor(long, locking)).toBe('');
    const apart = [makeMigration('0001_lock', locking), makeMigration('0002_long', long)];
    expect(await lint(apart, catalog)).toEqual([]);
  });

  it('refuses that within one statement too', async () => {
    const reasons = await reasonsFor(
      'ALTER TABLE "users" ADD CONSTRAINT "a" CHECK (age > 0) NOT VALID, VALIDATE CONSTRAINT "a"',
    );
    expect(reasons).toContain('reads users, which is large, while others wait for users');
  });

  it.each([
    [ADD, 'INSERT INTO "games" VALUES (1)'],
    [ADD, 'UPDATE "games" SET seats = 1'],
    [ADD, 'CREATE VIEW "v" AS SELECT * FROM "users"'],
    ['CREATE TABLE "new" ("id" integer)', VALIDATE],
    ['LOCK TABLE "games" IN ROW EXCLUSIVE MODE', VALIDATE],
    ['ALTER TABLE "games" ALTER COLUMN "name" SET STATISTICS 500', VALIDATE],
    ['ALTER TABLE "users" VALIDATE CONSTRAINT "b"', VALIDATE],
  ])('may %s, then %s', async (first, second) => {
    expect(await reasonsFor(first, second)).toBe('');
  });

  it('keeps what is made concurrently in a migration of its own', async () => {
    const reasons = await reasonsFor(
      'CREATE INDEX CONCURRENTLY "a" ON "users" ("name")',
      'ALTER TABLE "games" ADD COLUMN "x" int',
    );
    expect(reasons).toContain('give it its own');
  });
});

describe('the migrations of this clone', () => {
  it('can all be read by Postgres, and each statement is known for what it is', async () => {
    const findings = await lint(readMigrations(), { ...catalog, tables: new Map() });
    expect(findings.filter(({ reason }) => reason.startsWith('cannot be read'))).toEqual([]);
  });

  it('hold no lock while something large is read, however large each table is that was there before', async () => {
    const migrations = readMigrations();
    const there = migrations.flatMap(({ statements }) =>
      statements.flatMap(text => /^create table (?:if not exists )?"?(\w+)/i.exec(text)?.[1] ?? []),
    );
    expect(there).toContain('users');
    const tables = new Map(there.map(table => [table, LARGE]));
    for (const migration of migrations) {
      const made = migration.statements.join('\n');
      const before = new Map([...tables].filter(([table]) => !made.includes(`CREATE TABLE "${table}"`)));
      const findings = await lint([migration], { ...catalog, tables: before });
      expect(findings.filter(({ reason }) => reason.includes('locked by then'))).toEqual([]);
    }
  });
});
