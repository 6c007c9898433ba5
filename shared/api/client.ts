import { type ErrorCode, NearcadeError, parseWith, problemSchema } from '../errors.ts';
import { type CallInput, type CallOutput, type EndpointSpec, pathOf } from './endpoint.ts';

export interface CallOptions {
  fetch: typeof fetch;
  /** `https://play.example.com`; empty in a page of the same origin. */
  origin?: string;
  /** Bearer token (RFC 6750). */
  token?: string | undefined;
  /** For idempotent endpoints: a new one a request, the same on its repetition. */
  idempotencyKey?: string;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

/** Calls one endpoint. Answers its parsed body, or throws the platform's own error; `unavailable` when nothing was reached. */
export async function callApi<S extends EndpointSpec>(
  spec: S,
  input: CallInput<S>,
  options: CallOptions,
): Promise<CallOutput<S>> {
  const { status, ok, body } = await exchange(spec, input, options);
  if (!ok) throw errorOfAnswer(status, body);
  if (spec.response === undefined) return undefined as CallOutput<S>;
  try {
    return parseWith(spec.response, body) as CallOutput<S>;
  } catch (cause) {
    throw new NearcadeError('unavailable', 'The answer was not understood; reload the page', { cause });
  }
}

async function exchange(spec: EndpointSpec, input: object, options: CallOptions) {
  const { params, query, body } = input as {
    params?: Record<string, unknown>;
    query?: Record<string, unknown>;
    body?: unknown;
  };
  const { origin = '', token, idempotencyKey, headers, signal } = options;
  try {
    const answer = await options.fetch(origin + pathOf(spec, params, query), {
      method: spec.method.toUpperCase(),
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    return { status: answer.status, ok: answer.ok, body: jsonOf(await answer.text()) };
  } catch (error) {
    throw asNearcadeError(error);
  }
}

/** Undefined for an empty body and for one that is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

/** What a failed answer means, from its status and body (RFC 9457 problem details when it is ours). */
export function errorOfAnswer(status: number, body: unknown): NearcadeError {
  const problem = problemSchema.safeParse(body);
  if (problem.success) {
    const { code, detail, details } = problem.data;
    return new NearcadeError(code, detail, details === undefined ? {} : { details });
  }
  return new NearcadeError(codeOfStatus(status), undefined, { details: { status } });
}

/** For answers that are not ours: a proxy's page, or a code newer than this app. */
function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 410) return 'session_over';
  if (status === 413) return 'payload_too_large';
  if (status === 429) return 'rate_limited';
  if (status >= 500) return 'unavailable';
  return 'invalid_request';
}

/** Anything that was thrown, as an error of ours: what `fetch` throws means that nothing was reached. */
export function asNearcadeError(error: unknown): NearcadeError {
  if (error instanceof NearcadeError) return error;
  return new NearcadeError('unavailable', 'Nearcade cannot be reached', { cause: error });
}
