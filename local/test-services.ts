import { createRequire } from 'node:module';
import type { TestProject } from 'vitest/node';
import type { TestServices } from './test/services.ts';

// By Node itself: vitest would load the drivers the way that its workerd tests need them, which is not ours.
const { startTestServices } = createRequire(import.meta.url)(
  './test/services.ts',
) as typeof import('./test/services.ts');

declare module 'vitest' {
  interface ProvidedContext {
    workerSettings: ReadonlyArray<TestServices['workerSettings']>;
  }
}

/**
 * vitest's `globalSetup`: starts the services once a run, one set for each of vitest's workers, so that files that run at the same time
 * share nothing. edge/vitest.config.ts gives each worker a set.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const all: TestServices[] = [];
  const close = async () => {
    await Promise.all(all.map(services => services.close()));
  };
  try {
    const { maxWorkers } = project.vitest.config;
    while (all.length < Number(maxWorkers)) all.push(await startTestServices());
  } catch (error) {
    await close();
    throw error;
  }
  project.provide(
    'workerSettings',
    all.map(({ workerSettings }) => workerSettings),
  );
  return close;
}
