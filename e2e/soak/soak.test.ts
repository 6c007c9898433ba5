import { beforeAll, expect, it } from 'vitest';
import { ensureNative } from '#media-node/encode/build-native.ts';
import { soak } from './soak.ts';

beforeAll(() => ensureNative(), 300_000);

it('long play, accelerated: sessions come and go, and neither memory, handles, processes nor latency grow', async () => {
  const { sessions, verdicts } = await soak({ minutes: 0.35, presses: 4 });
  expect(sessions).toBeGreaterThan(5);
  expect(verdicts.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['nodeMb', 'workersMb', 'nodeHandles', 'workerHandles', 'processes', 'pressMs']),
  );
  // What else the machine does is felt in single presses: only a real drift counts here.
  expect(verdicts.filter(({ name, grows }) => grows && name !== 'pressMs')).toEqual([]);
  expect(verdicts.find(({ name }) => name === 'pressMs')?.growth).toBeLessThan(100);
}, 90_000);
