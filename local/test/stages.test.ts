import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../paths.ts';
import type { FileReport } from './report.ts';
import { sum } from './stages.ts';

const file = (name: string, passed: number, ...failures: string[]): FileReport => ({
  path: join(ROOT, name),
  passed,
  failed: failures.length,
  failures,
});

describe('the sum of a stage', () => {
  it('counts and names what failed', () => {
    const files = [file('shared/a.test.ts', 5), file('edge/b.test.ts', 2, 'b breaks: Error: no')];
    expect(sum({ files, hasFailedOutside: false }, [])).toEqual({
      passed: 7,
      failed: 1,
      notes: ['FAILED: edge/b.test.ts > b breaks: Error: no'],
    });
  });

  it('names what passed at the second try only', () => {
    const files = [file('edge/b.test.ts', 3)];
    expect(
      sum({ files, hasFailedOutside: false }, [file('edge/b.test.ts', 2, 'b breaks: Error: no')]),
    ).toEqual({
      passed: 3,
      failed: 0,
      notes: ['failed at first: edge/b.test.ts > b breaks: Error: no'],
    });
  });

  it('fails with a runner that died, or an error outside of any test', () => {
    expect(sum({ files: [], hasFailedOutside: true }, [])).toMatchObject({ passed: 0, failed: 1 });
    const files = [file('shared/a.test.ts', 5)];
    expect(sum({ files, hasFailedOutside: true }, [])).toMatchObject({ passed: 5, failed: 1 });
  });
});
