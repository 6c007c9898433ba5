import type { ServerResponse } from 'node:http';
import type { Redis } from 'ioredis';

/** Streams what is published to channels (or patterns) as server-sent events until the client goes away. */
export async function streamMessages(
  redis: Redis,
  kind: 'subscribe' | 'psubscribe',
  names: readonly string[],
  response: ServerResponse,
): Promise<void> {
  const subscriber = redis.duplicate();
  subscriber.on('error', () => {});
  response.on('close', () => subscriber.disconnect());
  const send = (...parts: (string | number)[]) => {
    response.write(`data: ${parts.join(',').replaceAll('\n', '\ndata: ')}\n\n`);
  };
  subscriber.on('message', (channel, message) => send('message', channel, message));
  subscriber.on('pmessage', (pattern, channel, message) => send('pmessage', pattern, channel, message));
  await subscriber.connect();
  await subscriber[kind](...names);
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  names.forEach((name, index) => {
    send(kind, name, index + 1);
  });
}
