import { defineConfig } from 'drizzle-kit';

/** `npm run generate` writes the SQL that brings the database from the last migration to edge/store/schema.ts. */
export default defineConfig({
  dialect: 'postgresql',
  schema: './edge/store/schema.ts',
  out: './migrations',
});
