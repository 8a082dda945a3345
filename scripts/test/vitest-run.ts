import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { packageRoot } from '../../src/host/paths.ts';
import { runShown } from '../setup/command.ts';
import { countsOf, failuresOf, problemOf, type SuiteResult, type VitestReport } from './counts.ts';
import { FILE_TIMES_PATH } from './file-times-reporter.ts';
import type { FileTime } from './slowest-files.ts';

const FILE_TIMES_REPORTER = join(packageRoot(), 'scripts', 'test', 'file-times-reporter.ts');

export interface Suite {
  readonly name: string;
  /** Vitest's own arguments: the project, and a filter of file names. */
  readonly args: readonly string[];
  /** The folder of another Node; undefined: the Node that runs this script. */
  readonly nodeBinDir?: string;
}

/** Runs one suite, shows its output, and reads its results from vitest's own report. */
export async function runSuite(suite: Suite): Promise<SuiteResult> {
  console.log(`\n=== ${suite.name}`);
  const folder = await mkdtemp(join(tmpdir(), 'bot-bottle-tests-'));
  const reportPath = join(folder, 'report.json');
  const node = suite.nodeBinDir === undefined ? process.execPath : join(suite.nodeBinDir, 'node');
  const vitest = join(packageRoot(), 'node_modules', 'vitest', 'vitest.mjs');
  const timesPath = join(folder, 'times.json');
  const reporters = [
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportPath}`,
    `--reporter=${FILE_TIMES_REPORTER}`,
  ];
  const started = Date.now();
  try {
    const exitCode = await runShown([node, vitest, 'run', ...suite.args, ...reporters], {
      ...environment(suite),
      [FILE_TIMES_PATH]: timesPath,
    });
    const report = await readJson<VitestReport>(reportPath);
    const counts = countsOf(report);
    return {
      name: suite.name,
      counts,
      seconds: Math.round((Date.now() - started) / 1000),
      problem: problemOf(counts, exitCode),
      failures: failuresOf(report),
      files: (await readJson<readonly FileTime[]>(timesPath)) ?? [],
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

/** Returns the output of a reporter; undefined if the run ended before the reporter wrote it. */
async function readJson<T>(path: string): Promise<T | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}
