import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../paths.ts';
import type { Step } from './step.ts';

const MODULE = join(ROOT, 'media-node', 'encode', 'build-native.ts');
export const buildNativeHelper: Step = {
  title: 'native media helper',
  isDone: () => !existsSync(MODULE),
  run: async () => {
    const module: { ensureNative(): Promise<unknown> } = await import(MODULE);
    await module.ensureNative();
  },
};
