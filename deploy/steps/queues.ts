import { z } from 'zod';
import type { DeployContext } from '#deploy/context.ts';
import type { Step } from '#deploy/pipeline.ts';
import { askCloudflare } from '#deploy/wrangler/cloudflare-api.ts';
import { NearcadeError } from '#shared/errors.ts';

/** Looks for what wrangler has set, and the pause between them: a list may be older than what was done last. */
const LOOKS = 5;
const LOOK_PAUSE_MS = 2_000;

/**
 * developers.cloudflare.com/api, Queues; the names of the Worker as wrangler itself reads them (its `queues consumer worker list`). A consumer that
 * says none of them, or a queue that says nothing of its consumers, is no answer: it shows nothing to be wrong.
 */
const queuesSchema = z.array(
  z.object({
    queue_name: z.string(),
    consumers: z.array(
      z
        .object({
          type: z.string().nullish(),
          script: z.string().nullish(),
          script_name: z.string().nullish(),
          service: z.string().nullish(),
          dead_letter_queue: z.string().nullish(),
        })
        .refine(one => one.type === 'http_pull' || (one.script ?? one.script_name ?? one.service)),
    ),
  }),
);
type Queues = z.infer<typeof queuesSchema>;
type Context = Pick<DeployContext, 'environment' | 'config' | 'env' | 'sleep'>;

/**
 * Whether each queue has this Worker as its consumer, and hands what is given up to its dead-letter queue: players see nothing of a queue that
 * nobody reads, so no smoke test does. Throws `deploy_failed` for what was seen to be wrong. Where nothing could be seen that is told: all
 * requests have the new version by now, which an API that does not answer is no reason to take back.
 */
export function queuesCheck({ environment, config, env, sleep }: Context): Step {
  return {
    name: 'the queues are read, what is given up is kept',
    async run(signal) {
      const { consumers } = config.queues;
      const names = consumers.map(({ queue }) => `name=${encodeURIComponent(queue)}`).join('&');
      const path = `/accounts/${environment.cloudflare.accountId}/queues?${names}`;
      let wrong: string[] = [];
      let unseen = '';
      for (let look = 1; look <= LOOKS; look++) {
        if (look > 1) await sleep(LOOK_PAUSE_MS);
        try {
          const queues = await readQueues(env, path, signal);
          const found = consumers.map(wanted => lookAt(queues, wanted, config.name));
          wrong = found.flatMap(({ wrong }) => wrong ?? []);
          if (wrong.length === 0) return found.flatMap(({ told }) => told ?? []).join(', ');
        } catch (error) {
          signal.throwIfAborted();
          unseen = error instanceof Error ? error.message : String(error);
        }
      }
      // The last answer, however many looks had none after it.
      if (wrong.length > 0) throw new NearcadeError('deploy_failed', wrong.join(' '));
      return `COULD NOT BE LOOKED AT, see at Cloudflare who reads ${consumers.map(({ queue }) => queue).join(', ')}: ${unseen}`;
    },
  };
}

/** Throws `deploy_failed`, also for an answer that cannot be understood. */
async function readQueues(env: NodeJS.ProcessEnv, path: string, signal: AbortSignal): Promise<Queues> {
  const queues = queuesSchema.safeParse(await askCloudflare(env, path, { signal }));
  if (queues.success) return queues.data;
  const fields = queues.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new NearcadeError('deploy_failed', `Cloudflare's API says its queues otherwise (${fields}).`);
}

type Wanted = DeployContext['config']['queues']['consumers'][number];

function lookAt(
  queues: Queues,
  { queue: name, dead_letter_queue: dead }: Wanted,
  worker: string,
): { told?: string; wrong?: string } {
  const queue = queues.find(({ queue_name }) => queue_name === name);
  if (queue === undefined) return { wrong: `There is no queue ${name}: terraform apply.` };
  const ours = queue.consumers.find(({ script, script_name, service }) =>
    [script, script_name, service].includes(worker),
  );
  if (ours === undefined) return { wrong: `Nobody reads the queue ${name}: ${worker} is not its consumer.` };
  const goesTo = ours.dead_letter_queue ?? undefined;
  // Not every answer of the API has it: that alone is no reason to go back.
  if (dead === undefined || goesTo === undefined) return { told: name };
  if (goesTo !== dead) return { wrong: `What the queue ${name} gives up goes to ${goesTo}, not to ${dead}.` };
  return { told: `${name} -> ${dead}` };
}
