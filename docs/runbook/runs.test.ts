import { describe, expect, it } from 'vitest';
import { usesOf } from './runs.ts';

const faultsOf = (source: string) => usesOf('a.test.ts', source).map(({ fault }) => fault);

describe('a block of the runbook', () => {
  it.each([
    "it('runs', async () => { await run(runbookBlock('page', 'name'), { env }); });",
    "const commands = runbookBlock('page', 'name');\nit.each([1])('runs', () => { run(['-c', commands]); });",
    "const text = [runbookBlock('page', 'name'), ...more].join('\\n');\nrun('bash', ['-c', text]);",
    "it('runs', () => { expect(run(runbookBlock('page', 'name'))).toBe(0); });",
  ])('is run by %j', source => {
    expect(usesOf('a.test.ts', source)).toEqual([{ page: 'page', name: 'name', fault: null }]);
  });

  it.each([
    ["it('looks', () => { expect(runbookBlock('page', 'name')).toContain('npm'); });", 'nothing runs it'],
    ["const text = runbookBlock('page', 'name');\nexpect(text).toContain('npm');", 'nothing runs it'],
    ["it('asks', () => { runbookBlock('page', 'name'); });", 'nothing runs it'],
    ["const text: string = runbookBlock('page', 'name');", 'nothing runs it'],
    ["it.skip('waits', () => { run(runbookBlock('page', 'name')); });", 'its test is left out'],
    ["describe.skipIf(!CI)('waits', () => { run(runbookBlock('page', 'name')); });", 'its test is left out'],
  ])('is not run by %j', (source, fault) => {
    expect(faultsOf(source)).toEqual([fault]);
  });

  it.each([
    "// runbookBlock('page', 'name')",
    "const words = \"run(runbookBlock('page', 'name'))\";",
    "for (const name of ['name']) run(runbookBlock('page', name));",
  ])('is not taken by %j', source => {
    expect(faultsOf(source)).toEqual([]);
  });
});
