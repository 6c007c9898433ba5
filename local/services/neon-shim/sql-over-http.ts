import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import pg from 'pg';
import { z } from 'zod';
import { NearcadeError, parseWith } from '#shared/errors.ts';
import { readBody, sendJson } from '../http.ts';
import type { Pools } from './pools.ts';

/** Neon's own limit of a request. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

const querySchema = z.object({ query: z.string(), params: z.array(z.unknown()).default([]) });
const bodySchema = z.union([z.object({ queries: z.array(querySchema).min(1) }), querySchema]);
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
    const body = parseWith(bodySchema, JSON.parse(await readBody(request, MAX_BODY_BYTES)));
    const format = formatOf(request.headers);
    const answer = await pools.use<unknown>(connectionString, client =>
      'queries' in body
        ? runBatch(client, body.queries, beginStatement(request.headers), format)
        : runQuery(client, body, format),
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

async function runQuery(client: pg.ClientBase, { query, params }: Query, format: Format) {
  const config = {
    text: query,
    values: params,
    // Without it a query with no parameters could hold several statements; Neon refuses those.
    queryMode: 'extended',
    ...(format.rawText ? { types: RAW_TEXT } : {}),
    ...(format.arrayMode ? { rowMode: 'array' as const } : {}),
  };
  const result = await client.query(config);
  return {
    fields: result.fields,
    rows: result.rows,
    command: result.command,
    rowCount: result.rowCount,
    rowAsArray: format.arrayMode,
  };
}

async function runBatch(client: pg.ClientBase, queries: readonly Query[], begin: string, format: Format) {
  await client.query(begin);
  try {
    const results = [];
    for (const query of queries) results.push(await runQuery(client, query, format));
    await client.query('commit');
    return { results };
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
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
