import { createRequire } from 'node:module';
import type { TestProject } from 'vitest/node';
import type { TestServices } from './test/services.ts';

// By Node itself: vitest would load the drivers the way that its workerd tests need them, which is not ours.
const { startTestServices } = createRequire(import.meta.url)(
  './test/services.ts',
) as typeof import('./test/services.ts');

declare module 'vitest' {
  interface ProvidedContext {
    workerSettings: TestServices['workerSettings'];
  }
}

/** vitest's `globalSetup`: starts the services once a run; tests read them by `inject('workerSettings')`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const services = await startTestServices();
  project.provide('workerSettings', services.workerSettings);
  return () => services.close();
}
