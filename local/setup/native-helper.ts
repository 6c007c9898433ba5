import { ensureNative } from '#media-node/encode/build-native.ts';
import type { Step } from './step.ts';

/** Builds what is older than its sources; ninja alone knows, and takes no time to say that nothing is. */
export const buildNativeHelper: Step = {
  title: 'native media helper',
  isDone: () => false,
  run: async context => {
    let last = '';
    context.doing = () => last;
    await ensureNative({
      signal: context.signal,
      onProgress: line => {
        last = line;
      },
    });
  },
};
