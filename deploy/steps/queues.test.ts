import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadEnvironment } from '#deploy/environment.ts';
import { type Cloudflare, startCloudflare } from '#deploy/testing/cloudflare/cloudflare.ts';
import type { Queue } from '#deploy/testing/cloudflare/state.ts';
import { wranglerConfig } from '#deploy/wrangler/config.ts';
import { queuesCheck } from './queues.ts';

const environment = loadEnvironment('staging');
const worker = environment.worker.name;
const TOLD = 'nearcade-staging-events -> nearcade-staging-events-dead, nearcade-staging-events-dead';

let cloudflare: Cloudflare;
beforeEach(async () => {
  cloudflare = await startCloudflare({ worker });
  for (const queue of cloudflare.account.queues) {
    const dead_letter_queue = queue.name === `${worker}-events` ? `${queue.name}-dead` : undefined;
    const consumer = { consumer_id: queue.id, type: 'worker', script: worker, settings: {} } as const;
    queue.consumers.push({ ...consumer, dead_letter_queue });
  }
});
afterEach(() => cloudflare.close());

const look = (signal = new AbortController().signal) =>
  queuesCheck({
    environment,
    config: wranglerConfig(environment),
    env: cloudflare.env,
    sleep: async () => {},
  }).run(signal);

/** The first `times` questions are answered so. */
function answer(times: number, fault: NonNullable<Awaited<ReturnType<Cloudflare['faults']['api']>>>): void {
  let seen = 0;
  cloudflare.faults.api = () => (++seen <= times ? fault : undefined);
}
const AWAY = { status: 500, code: 10001, message: 'Try again later' } as const;

describe('the queues, at the end of a deploy', () => {
  it.each<[string, (queue: Queue) => void, string]>([
    [
      'nobody reads one',
      queue => queue.consumers.splice(0),
      'Nobody reads the queue nearcade-staging-events: nearcade-staging is not its consumer.',
    ],
    [
      'another Worker reads one',
      ({ consumers: [consumer] }) => Object.assign(consumer ?? {}, { script: 'another' }),
      'Nobody reads the queue nearcade-staging-events: nearcade-staging is not its consumer.',
    ],
    [
      'what one gives up goes elsewhere',
      ({ consumers: [consumer] }) => Object.assign(consumer ?? {}, { dead_letter_queue: 'another' }),
      'What the queue nearcade-staging-events gives up goes to another, not to nearcade-staging-events-dead.',
    ],
    [
      'one is gone',
      queue => Object.assign(queue, { name: 'gone' }),
      'There is no queue nearcade-staging-events: terraform apply.',
    ],
  ])('end it when it is seen that %s, also where a look before had no answer', async (_, fault, message) => {
    const [queue] = cloudflare.account.queues;
    if (queue !== undefined) fault(queue);
    await expect(look()).rejects.toMatchObject({ code: 'deploy_failed', message });
    answer(4, AWAY);
    await expect(look()).rejects.toMatchObject({ code: 'deploy_failed', message });
  });

  it('are looked at again when Cloudflare does not answer', async () => {
    expect(await look()).toBe(TOLD);
    answer(4, AWAY);
    expect(await look()).toBe(TOLD);
    expect(cloudflare.calls).toHaveLength(6);
  });

  it.each([
    ["Cloudflare's API does not answer", AWAY, /^COULD NOT BE LOOKED AT, .*says 500 to .*Try again later/],
    [
      'there are none in its answer',
      { result: null },
      /^COULD NOT BE LOOKED AT, .*says its queues otherwise/,
    ],
    [
      'it calls what reads them otherwise',
      {
        result: [
          {
            queue_name: `${worker}-events`,
            consumers: [{ type: 'worker', name_of_script: worker }],
          },
        ],
      },
      /^COULD NOT BE LOOKED AT, .*otherwise \(0\.consumers\.0\)/,
    ],
  ])('are told of, and nothing is taken back, where %s', async (_, fault, told) => {
    answer(Number.POSITIVE_INFINITY, fault);
    expect(await look()).toMatch(told);
    expect(cloudflare.calls).toHaveLength(5);
  });

  it('are looked at no more when it is interrupted', async () => {
    const controller = new AbortController();
    cloudflare.faults.api = () => {
      controller.abort(new Error('Ctrl-C'));
      return AWAY;
    };
    await expect(look(controller.signal)).rejects.toThrow('Ctrl-C');
    expect(cloudflare.calls).toHaveLength(1);
  });
});
