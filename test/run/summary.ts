/** Of vitest's JSON report, as much as the closing line needs. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Skipped tests by name, and files that broke before a test ran. */
  readonly lines: readonly string[];
}

/** Counts a report; a missing one is one failure. */
export function summarise(json: string | undefined): Summary {
  if (json === undefined) return { passed: 0, failed: 1, skipped: 0, lines: ['vitest wrote no report'] };
  const report = JSON.parse(json) as Report;
  const lines: string[] = [];
  let skipped = 0;
  let broken = 0;
  for (const file of report.testResults) {
    for (const test of file.assertionResults) {
      if (test.status === 'pending' || test.status === 'skipped' || test.status === 'todo') {
        skipped += 1;
        lines.push(`skipped: ${test.fullName}`);
      }
    }
    if (file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed')) {
      broken += 1;
      lines.push(`broken: ${file.name}: ${file.message.split('\n')[0]}`);
    }
  }
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken, skipped, lines };
}
