import { SELF } from 'cloudflare:test';
import type { z } from 'zod';
import { callApi } from '#shared/api/client.ts';
import type { CallInput, CallOutput, EndpointSpec } from '#shared/api/endpoint.ts';
import { type ErrorCode, problemSchema } from '#shared/errors.ts';
import type { TestPlayer } from './platform.ts';

/** The Worker's API as its tests call it. */

export const ORIGIN = 'http://nearcade.test';

export interface Call {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export async function call(
  method: string,
  path: string,
  { token, body, headers }: Call = {},
): Promise<Response> {
  return SELF.fetch(`${ORIGIN}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Calls an endpoint as `player` and answers its typed body; throws the coded error of an error answer. */
export function api<S extends EndpointSpec>(
  spec: S,
  input: CallInput<S>,
  player?: Pick<TestPlayer, 'token'>,
  idempotencyKey: string = crypto.randomUUID(),
): Promise<CallOutput<S>> {
  return callApi(spec, input, {
    fetch: (path, init) => SELF.fetch(path as string, init),
    origin: ORIGIN,
    token: player?.token,
    idempotencyKey,
  });
}

/** The answer's body as the contract has it; fails on any error answer. */
export async function answerOf<T>(schema: z.ZodType<T>, response: Response | Promise<Response>): Promise<T> {
  const settled = await response;
  const text = await settled.text();
  if (!settled.ok) throw new Error(`${settled.status} ${text}`);
  return schema.parse(JSON.parse(text));
}

/** The code of an error answer, which has to be problem details. */
export async function codeOf(response: Response | Promise<Response>): Promise<ErrorCode> {
  return (await problemOf(response)).code;
}

export async function problemOf(response: Response | Promise<Response>) {
  const settled = await response;
  if (settled.ok) throw new Error(`expected an error, got ${settled.status} ${await settled.text()}`);
  const problem = problemSchema.parse(await settled.json());
  if (settled.headers.get('content-type') !== 'application/problem+json') throw new Error('no problem+json');
  if (problem.status !== settled.status)
    throw new Error(`status ${settled.status} but says ${problem.status}`);
  return problem;
}
