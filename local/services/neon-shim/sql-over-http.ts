import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import pg from 'pg';
import { z } from 'zod';
import { NearcadeError, parseWith } from '#shared/errors.ts';
import { readBody, sendJson } from '../http.ts';
import type { Lent, Pools } from './pools.ts';

/** Neon's own limit of a request. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

const querySchema = z.object({ query: z.string(), params: z.array(z.unknown()).default([]) });
const batchSchema = z.object({ queries: z.array(querySchema).min(1) });
type Query = z.infer<typeof querySchema>;

const ISOLATION_LEVELS = {
  ReadUncommitted: 'read uncommitted',
  ReadCommitted: 'read committed',
  RepeatableRead: 'repeatable read',
  Serializable: 'serializable',
} as const;
const isolationSchema = z.enum(
  Object.keys(ISOLATION_LEVELS) as [keyof typeof ISOLATION_LEVELS, ...(keyof typeof ISOLATION_LEVELS)[]],
);

/** The fields of a Postgres error (protocol-error-fields in its manual) that Neon's answer carries. */
const ERROR_FIELDS = [
  'severity',
  'code',
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'where',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
] as const;

/** Values as Postgres writes them: the driver parses them itself. */
const RAW_TEXT = { getTypeParser: () => (value: string) => value };

/** Answers `POST /sql`: one query, or a batch that runs as one transaction. Never rejects. */
export async function handleSql(
  request: IncomingMessage,
  response: ServerResponse,
  pools: Pools,
): Promise<void> {
  try {
    if (request.method !== 'POST' || request.url !== '/sql') throw new NearcadeError('not_found');
    const connectionString = request.headers['neon-connection-string'];
    if (typeof connectionString !== 'string' || !URL.canParse(connectionString)) {
      throw new NearcadeError('invalid_request', 'Neon-Connection-String is missing or no URL.');
    }
    const json: unknown = JSON.parse(await readBody(request, MAX_BODY_BYTES));
    const isBatch = typeof json === 'object' && json !== null && 'queries' in json;
    const body = isBatch ? parseWith(batchSchema, json) : parseWith(querySchema, json);
    const format = formatOf(request.headers);
    const answer = await pools.use<unknown>(connectionString, lent =>
      'queries' in body
        ? runBatch(lent, body.queries, beginStatement(request.headers), format)
        : runQuery(lent, body, format),
    );
    sendJson(response, 200, answer);
  } catch (error) {
    sendError(response, error);
  }
}

interface Format {
  rawText: boolean;
  arrayMode: boolean;
}

function formatOf(headers: IncomingHttpHeaders): Format {
  return {
    rawText: headers['neon-raw-text-output'] === 'true',
    arrayMode: headers['neon-array-mode'] === 'true',
  };
}

/** Commands that leave nothing behind in their session, but for the functions of `SESSION_FUNCTIONS` and temporary tables. */
const CLEAN_COMMANDS: ReadonlySet<string> = new Set([
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'CALL',
]);
const SESSION_FUNCTIONS = /set_config|advisory|\btemp/i;

async function runQuery({ client, soil }: Lent, { query, params }: Query, format: Format) {
  const config = {
    text: query,
    values: params,
    // Without it a query with no parameters could hold several statements; Neon refuses those.
    queryMode: 'extended',
    ...(format.rawText ? { types: RAW_TEXT } : {}),
    ...(format.arrayMode ? { rowMode: 'array' as const } : {}),
  };
  if (SESSION_FUNCTIONS.test(query)) soil();
  const result = await client.query(config);
  if (!CLEAN_COMMANDS.has(result.command)) soil();
  return {
    fields: result.fields,
    rows: result.rows,
    command: result.command,
    rowCount: result.rowCount,
    rowAsArray: format.arrayMode,
  };
}

/** Once one has failed, those after it do too, and `commit` undoes what was done. */
async function runBatch(lent: Lent, queries: readonly Query[], begin: string, format: Format) {
  const { client } = lent;
  const [begun, ...results] = await Promise.allSettled([
    client.query(begin),
    ...queries.map(query => runQuery(lent, query, format)),
    client.query('commit'),
  ]);
  const failed = [begun, ...results].find(result => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return { results: results.slice(0, -1).map(result => result.status === 'fulfilled' && result.value) };
}

function beginStatement(headers: IncomingHttpHeaders): string {
  const level = headers['neon-batch-isolation-level'];
  const parts = ['begin'];
  if (level !== undefined)
    parts.push(`isolation level ${ISOLATION_LEVELS[parseWith(isolationSchema, level)]}`);
  if (headers['neon-batch-read-only'] === 'true') parts.push('read only');
  if (headers['neon-batch-deferrable'] === 'true') parts.push('deferrable');
  return parts.join(' ');
}

/** What Postgres refused is 400 with its fields; what we refused, its status; anything else is 500 as plain text. */
function sendError(response: ServerResponse, error: unknown): void {
  if (error instanceof pg.DatabaseError) {
    const fields = Object.fromEntries(ERROR_FIELDS.map(name => [name, error[name] ?? null]));
    sendJson(response, 400, { message: error.message, ...fields });
  } else if (error instanceof NearcadeError) {
    sendJson(response, error.status, { message: error.message, code: null });
  } else if (error instanceof SyntaxError) {
    sendJson(response, 400, { message: 'The body is not JSON.', code: null });
  } else {
    response.writeHead(500, { 'Content-Type': 'text/plain' });
    response.end(error instanceof Error ? error.message : String(error));
  }
}
