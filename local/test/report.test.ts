import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readReport } from './report.ts';

const dir = mkdtempSync(join(tmpdir(), 'nearcade-report-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function written(...testResults: object[]): string {
  const path = join(dir, 'report.json');
  writeFileSync(path, JSON.stringify({ testResults }));
  return path;
}

describe('readReport', () => {
  it('counts what passed and what failed in each file, skipping what was skipped', () => {
    const path = written({
      name: '/project/a.test.ts',
      status: 'failed',
      assertionResults: [
        { status: 'passed', fullName: 'a works', failureMessages: [] },
        { status: 'failed', fullName: 'a breaks', failureMessages: ['Error: too late\n    at a.test.ts:3'] },
        { status: 'skipped', fullName: 'a waits' },
      ],
    });
    expect(readReport(path)).toEqual([
      { path: '/project/a.test.ts', passed: 1, failed: 1, failures: ['a breaks: Error: too late'] },
    ]);
  });

  it('counts a file that could not run as one failure', () => {
    const path = written({
      name: '/b.test.ts',
      status: 'failed',
      message: 'no such module',
      assertionResults: [],
    });
    expect(readReport(path)).toEqual([
      { path: '/b.test.ts', passed: 0, failed: 1, failures: ['the file: no such module'] },
    ]);
  });

  it('knows nothing of a runner that died', () => {
    expect(readReport(join(dir, 'none.json'))).toBeUndefined();
  });
});
