import type { z } from 'zod';
import { NearcadeError, parseWith } from '#shared/errors.ts';
import { asNearcadeError, errorOfAnswer } from './problems.ts';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Sends one request to this origin; answers the parsed body or throws a NearcadeError. */
export async function sendJson<T>(
  fetcher: typeof fetch,
  request: HttpRequest,
  schema: z.ZodType<T>,
): Promise<T> {
  const { status, ok, body } = await exchange(fetcher, request);
  if (!ok) throw errorOfAnswer(status, body);
  try {
    return parseWith(schema, body);
  } catch (cause) {
    throw new NearcadeError('unavailable', 'The answer was not understood; reload the page', { cause });
  }
}

async function exchange(fetcher: typeof fetch, request: HttpRequest) {
  try {
    const answer = await fetcher(request.path, {
      method: request.method,
      headers: {
        accept: 'application/json',
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...request.headers,
      },
      credentials: 'same-origin',
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    const text = await answer.text();
    return { status: answer.status, ok: answer.ok, body: jsonOf(text) };
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
