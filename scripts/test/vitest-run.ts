import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { packageRoot } from '../../src/host/paths.ts';
import { runShown } from '../setup/command.ts';
import { countsOf, failuresOf, problemOf, type SuiteResult, type VitestReport } from './counts.ts';

export interface Suite {
  readonly name: string;
  /** Vitest's own arguments: the project, and a filter of file names. */
  readonly args: readonly string[];
  /** The folder of another Node; undefined: the one that runs this. */
  readonly nodeBinDir?: string;
}

/** Runs one suite with its output shown, and reads what it came to from vitest's own report. */
export async function runSuite(suite: Suite): Promise<SuiteResult> {
  console.log(`\n=== ${suite.name}`);
  const folder = await mkdtemp(join(tmpdir(), 'bot-bottle-tests-'));
  const reportPath = join(folder, 'report.json');
  const node = suite.nodeBinDir === undefined ? process.execPath : join(suite.nodeBinDir, 'node');
  const vitest = join(packageRoot(), 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`];
  const started = Date.now();
  try {
    const exitCode = await runShown([node, vitest, 'run', ...suite.args, ...reporters], environment(suite));
    const report = await readReport(reportPath);
    const counts = countsOf(report);
    return {
      name: suite.name,
      counts,
      seconds: Math.round((Date.now() - started) / 1000),
      problem: problemOf(counts, exitCode),
      failures: failuresOf(report),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Programs that a test starts by the name `node` are of the same release. */
function environment({ nodeBinDir }: Suite): NodeJS.ProcessEnv {
  if (nodeBinDir === undefined) return process.env;
  return { ...process.env, PATH: `${nodeBinDir}${delimiter}${process.env['PATH'] ?? ''}` };
}

async function readReport(path: string): Promise<VitestReport | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as VitestReport);
}
