import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readReport } from './stages.ts';

const dir = mkdtempSync(join(tmpdir(), 'nearcade-stages-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function report(
  numPassedTests: number,
  numFailedTests: number,
  suites: [status: string, tests: number][],
): string {
  const path = join(dir, 'report.json');
  const testResults = suites.map(([status, tests]) => ({ status, assertionResults: Array(tests).fill({}) }));
  writeFileSync(path, JSON.stringify({ numPassedTests, numFailedTests, testResults }));
  return path;
}

describe('readReport', () => {
  it('sums what the runner counted', () => {
    expect(readReport(report(5, 2, [['failed', 7]]), 1)).toEqual({ passed: 5, failed: 2 });
    expect(readReport(report(5, 0, [['passed', 5]]), 0)).toEqual({ passed: 5, failed: 0 });
  });

  it('counts a suite that could not run, and a failure outside of any test', () => {
    expect(
      readReport(
        report(5, 1, [
          ['failed', 6],
          ['failed', 0],
        ]),
        1,
      ),
    ).toEqual({ passed: 5, failed: 2 });
    expect(readReport(report(5, 0, [['passed', 5]]), 1)).toEqual({ passed: 5, failed: 1 });
    expect(readReport(join(dir, 'none.json'), 1)).toEqual({ passed: 0, failed: 1 });
  });
});
