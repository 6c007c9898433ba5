/** A reply of Redis (RESP2) as ioredis gives it with raw buffers. */
export type CommandResult = Buffer | string | number | null | Error | CommandResult[];

type Json = string | number | null | Json[];

/**
 * `{result}` or `{error}` as Upstash answers. With `base64` every string is encoded, so that any bytes come through,
 * but for a plain "OK", which Upstash leaves as it is.
 */
export function encodeReply(reply: CommandResult, base64: boolean): { result: Json } | { error: string } {
  if (reply instanceof Error) return { error: reply.message };
  if (!Array.isArray(reply) && reply?.toString() === 'OK') return { result: 'OK' };
  return { result: encode(reply, base64 ? 'base64' : 'utf8') };
}

function encode(reply: CommandResult, encoding: 'base64' | 'utf8'): Json {
  if (reply === null || typeof reply === 'number') return reply;
  if (Array.isArray(reply)) return reply.map(item => encode(item, encoding));
  if (reply instanceof Error) return Buffer.from(reply.message).toString(encoding);
  return Buffer.from(reply).toString(encoding);
}
