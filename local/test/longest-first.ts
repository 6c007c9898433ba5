import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { ROOT } from '../paths.ts';

/** Files that take half a minute and more: one that begins last has every other worker wait for it. */
const LONG = [
  'deploy/run-deploy.test.ts',
  'deploy/runbook.test.ts',
  'e2e/bench/link/drop.test.ts',
  'media-node/encode/native/native-video.test.ts',
  'media-node/saves-restart.test.ts',
  'media-node/saves.test.ts',
];

/** vitest's order (what failed last, then the longest, or where it has not seen them run the largest), behind those that are known to be long. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = (file: TestSpecification) => LONG.includes(relative(ROOT, file.moduleId));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter(file => !isLong(file))];
  }
}
