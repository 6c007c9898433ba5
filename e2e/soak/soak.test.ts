import { beforeAll, expect, it } from 'vitest';
import { ensureNative } from '#media-node/encode/build-native.ts';
import { soak } from './soak.ts';

beforeAll(() => ensureNative(), 300_000);

it('long play, accelerated: sessions come and go, and neither memory, handles, processes nor latency grow', async () => {
  const { sessions, verdicts } = await soak({ minutes: 0.2, atLeast: 6, presses: 4 });
  expect(sessions).toBeGreaterThan(5);
  expect(verdicts.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['nodeMb', 'workersMb', 'nodeHandles', 'workerHandles', 'processes', 'pressMs']),
  );
  // How long a press takes is the machine's business here: the long run on a machine of its own judges it.
  expect(verdicts.filter(({ name, grows }) => grows && name !== 'pressMs')).toEqual([]);
}, 300_000);
