/**
 * What stands for Cloudflare Queues beside a Worker in raw workerd: takes what the Worker sends, hands it to its consumer in batches, one
 * at a time, again after a while if it failed, and to the dead letter queue in the end. Also fires its scheduled handler. An ordinary Worker
 * module as workerd loads it, without a build.
 *
 * @typedef {{ queue: string, maxBatchSize: number, maxRetries: number, retryDelay: number, deadLetterQueue?: string }} Consumer
 * @typedef {{ id: string, timestamp: Date, body: unknown, attempts: number }} Message
 */

/** @type {Map<string, { waiting: Message[], isFlushing: boolean }>} */
const queues = new Map();

/** @param {string} name */
function queueOf(name) {
  let queue = queues.get(name);
  if (queue === undefined) {
    queue = { waiting: [], isFlushing: false };
    queues.set(name, queue);
  }
  return queue;
}

/**
 * Delivers until nothing waits. In the context of the request that found the queue idle; what others put in meanwhile is plain data.
 *
 * @param {{ WORKER: any, CONSUMERS: Consumer[] }} env
 * @param {string} name
 */
async function flush(env, name) {
  const queue = queueOf(name);
  if (queue.isFlushing) return;
  const consumer = env.CONSUMERS.find(one => one.queue === name);
  if (consumer === undefined) return;
  queue.isFlushing = true;
  try {
    while (queue.waiting.length > 0) {
      const batch = queue.waiting.splice(0, consumer.maxBatchSize);
      const { outcome, retryBatch, retryMessages } = await env.WORKER.queue(name, batch);
      const isFailed = outcome !== 'ok' || retryBatch.retry;
      const retried = isFailed
        ? undefined
        : new Set(retryMessages.map((/** @type {any} */ one) => one.msgId));
      const failed = batch.filter(({ id }) => retried === undefined || retried.has(id));
      if (failed.length > 0) await bringBack(env, consumer, failed);
    }
  } finally {
    queue.isFlushing = false;
  }
}

/**
 * @param {{ WORKER: any, CONSUMERS: Consumer[] }} env
 * @param {Consumer} consumer
 * @param {Message[]} failed
 */
async function bringBack(env, { queue, maxRetries, retryDelay, deadLetterQueue }, failed) {
  const given = failed.filter(({ attempts }) => attempts > maxRetries);
  if (given.length > 0 && deadLetterQueue !== undefined) {
    queueOf(deadLetterQueue).waiting.push(...given.map(message => ({ ...message, attempts: 1 })));
    await flush(env, deadLetterQueue);
  }
  const again = failed.filter(({ attempts }) => attempts <= maxRetries);
  if (again.length === 0) return;
  await scheduler.wait(retryDelay * 1000);
  queueOf(queue).waiting.push(...again.map(message => ({ ...message, attempts: message.attempts + 1 })));
}

export default {
  /**
   * @param {Request} request
   * @param {any} env
   * @param {any} context
   */
  async fetch(request, env, context) {
    if (new URL(request.url).pathname === '/cron') {
      const { outcome } = await env.WORKER.scheduled({ cron: '* * * * *' });
      return new Response(outcome, { status: outcome === 'ok' ? 200 : 500 });
    }
    const { messages } = await request.json();
    const now = new Date();
    for (const { body, contentType } of messages) {
      if (contentType !== 'json') return new Response('only JSON is known here', { status: 400 });
      const value = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(body)));
      queueOf(env.QUEUE).waiting.push({ id: crypto.randomUUID(), timestamp: now, body: value, attempts: 1 });
    }
    context.waitUntil(flush(env, env.QUEUE));
    const metrics = { backlogCount: 0, backlogBytes: 0, oldestMessageTimestamp: 0 };
    return Response.json({ metadata: { metrics } });
  },
};
