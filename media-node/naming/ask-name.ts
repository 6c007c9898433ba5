import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { fleetApi, type NodeName, type NodeNameRequest, nodeNameSchema } from '#shared/api/fleet.ts';
import { NearcadeError, problemSchema } from '#shared/errors.ts';

/** Milliseconds for the answer: the edge may take twenty seconds for the record. */
const TIMEOUT_MS = 25_000;

/** Bytes of an answer; ours has two hundred. */
const ANSWER_MAX_BYTES = 64 * 1024;

/**
 * Asks the edge for the node's name. The request goes out by the family of the address that the name is for, since it has to come from there:
 * `fetch` would take whichever answers first. Throws the edge's own error code, or `unavailable` when there was no proper answer.
 */
export async function askName(
  edgeUrl: string,
  fleetKey: string,
  request: NodeNameRequest,
  signal: AbortSignal,
): Promise<NodeName> {
  const url = new URL(`${edgeUrl.replace(/\/+$/, '')}${fleetApi.name.path}`);
  const family = isIP(request.address);
  let answer: { status: number; body: unknown };
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    answer = await post(url, family, fleetKey, JSON.stringify(request), within);
  } catch (cause) {
    throw new NearcadeError('unavailable', `The edge could not be asked for a name over IPv${family}`, {
      cause,
    });
  }
  if (answer.status !== 200) {
    const problem = problemSchema.safeParse(answer.body);
    if (problem.success) throw new NearcadeError(problem.data.code, problem.data.detail);
    throw new NearcadeError('unavailable', `name: ${answer.status}`);
  }
  const name = nodeNameSchema.safeParse(answer.body);
  if (name.success) return name.data;
  throw new NearcadeError('unavailable', 'The edge’s answer to name is not valid', { cause: name.error });
}

function post(
  url: URL,
  family: number,
  token: string,
  body: string,
  signal: AbortSignal,
): Promise<{ status: number; body: unknown }> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const sent = request(url, { method: 'POST', family, headers, signal, agent: false }, response => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > ANSWER_MAX_BYTES) response.destroy(new Error('too long an answer'));
      });
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
        } catch (error) {
          reject(error);
        }
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
