import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

/** What became of one test file. */
export interface FileReport {
  /** Its absolute path. */
  path: string;
  passed: number;
  failed: number;
  /** A line for each failure: the test's full name and the first line of its error. */
  failures: readonly string[];
}

/** The part of vitest's JSON report that we sum up. A file that could not run at all is failed without a test. */
const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          fullName: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

type Suite = z.infer<typeof reportSchema>['testResults'][number];

/** What vitest wrote, file by file; undefined when it died before it could. */
export function readReport(path: string): FileReport[] | undefined {
  if (!existsSync(path)) return undefined;
  return reportSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).testResults.map(fileReport);
}

function fileReport(suite: Suite): FileReport {
  const failures = suite.assertionResults
    .filter(test => test.status === 'failed')
    .map(test => `${test.fullName}: ${firstLine(test.failureMessages?.[0])}`);
  if (suite.status === 'failed' && failures.length === 0)
    failures.push(`the file: ${firstLine(suite.message)}`);
  return {
    path: suite.name,
    passed: suite.assertionResults.filter(test => test.status === 'passed').length,
    failed: failures.length,
    failures,
  };
}

const firstLine = (text = '') => text.split('\n')[0] ?? '';
