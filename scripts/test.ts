import { join } from 'node:path';
import { reasonOf } from '../src/errors.ts';
import { packageRoot } from '../src/host/paths.ts';
import { run } from '../src/host/run.ts';
import { EVERYDAY_MODE, SUITE_NAMES } from '../test/support/suites/tiers.ts';
import { ensureSetUp } from './setup.ts';
import { mustRun, runShown } from './setup/command.ts';
import type { Tier } from './setup/packages.ts';
import { readHostFacts, withoutExtraCgroup2 } from './setup/host-facts.ts';
import { closingLine, total, type SuiteResult } from './test/counts.ts';
import { leftOut } from './test/left-out.ts';
import { layOutOtherNodes, type OtherNode } from './test/other-nodes.ts';
import { lackingRungs, type RungStatus } from './test/rungs.ts';
import { slowestFiles } from './test/slowest-files.ts';
import { runSuite, type Suite } from './test/vitest-run.ts';

/**
 * `npm test`: sets the host up, checks types, lint, format and dead code, builds, and runs each suite in turn. With
 * `--full`, which is `npm run test:full`, it runs every file completely, and other releases of Node too
 * (docs/TESTING.md). A suite without tests, a skip, and a missing rung that this host could have fail the run.
 */

const DOCTOR_MS = 180_000;
/** Number of files in the list of the slowest at the end, which helps to speed up the run. */
const SLOWEST_FILES = 15;
/** The checks of `npm run check` without its unit tests, all of which run here. */
const CHECKS_FIRST = ['types', 'lint', 'format', 'dead code'];
/** Unit tests wait for nothing: they use both cores of the smallest supported host. */
const UNIT = ['--project', 'unit', '--maxWorkers=2'];

function suites(tier: Tier): Suite[] {
  const mode = tier === 'full' ? 'whole' : EVERYDAY_MODE;
  return [
    { name: 'unit', args: UNIT },
    ...SUITE_NAMES.map((name) => ({
      name,
      args: ['--project', name, '--project', `${name}-alone`, '--mode', mode],
    })),
  ];
}

/** Runs the unit tests and bubblewrap's programs again, with few random inputs. */
const suitesOfOtherNodes = (others: readonly OtherNode[]): Suite[] =>
  others.flatMap(({ version, binDir }) => [
    { name: `unit, Node ${version}`, args: [...UNIT, '--mode', 'quick'], nodeBinDir: binDir },
    {
      name: `conformance of bubblewrap, Node ${version}`,
      args: ['--project', 'conformance', 'conformance/bubblewrap.test', '--mode', 'quick'],
      nodeBinDir: binDir,
    },
  ]);

async function runAll(all: readonly Suite[]): Promise<SuiteResult[]> {
  const results: SuiteResult[] = [];
  for (const suite of all) results.push(await runSuite(suite));
  return results;
}

async function runOnOtherNodes(): Promise<SuiteResult[]> {
  await using others = await layOutOtherNodes();
  return await runAll(suitesOfOtherNodes(others.nodes));
}

/** Returns the rungs that `doctor` reports as lacking; an unreadable answer counts as lacking. */
async function findLackingRungs(): Promise<string[]> {
  const cli = join(packageRoot(), 'dist', 'cli.cjs');
  const { stdout, stderr } = await run(process.execPath, [cli, 'doctor', '--json'], { timeoutMs: DOCTOR_MS });
  try {
    return lackingRungs((JSON.parse(stdout) as { rungs: RungStatus[] }).rungs);
  } catch (error) {
    return [`doctor --json gave no answer (${reasonOf(error)}): ${stderr.trim().slice(-500)}`];
  }
}

function printSummary(results: readonly SuiteResult[], lacking: readonly string[]): void {
  console.log(`\n=== the slowest ${SLOWEST_FILES} files`);
  for (const line of slowestFiles(results, SLOWEST_FILES, packageRoot())) console.log(line);
  console.log('\n=== summary');
  for (const { name, counts, seconds, problem, failures } of results) {
    const verdict = problem === undefined ? 'ok    ' : 'FAILED';
    console.log(`${verdict} ${name.padEnd(40)} ${counts.passed} passed, ${seconds} s ${problem ?? ''}`);
    for (const failure of failures) console.log(`       ${failure}`);
  }
  for (const line of lacking) console.log(`FAILED this host could have a rung that is not ready: ${line}`);
  for (const line of leftOut().said) console.log(line);
  console.log(closingLine(total(results)));
}

async function testAll(args: readonly string[]): Promise<boolean> {
  await ensureSetUp(args);
  const tier: Tier = args.includes('--full') ? 'full' : 'everyday';
  await mustRun([process.execPath, '--import', 'tsx', 'scripts/check.ts', ...CHECKS_FIRST]);
  await mustRun([process.execPath, '--import', 'tsx', 'scripts/build.ts']);
  const results = await runAll(suites(tier));
  if (tier === 'full') results.push(...(await runOnOtherNodes()));
  const lacking = await findLackingRungs();
  printSummary(results, lacking);
  return lacking.length === 0 && results.every(({ problem }) => problem === undefined);
}

/** Podman has no daemon from which to hide the extra cgroup mount: the whole run hides it. */
async function main(args: readonly string[]): Promise<number> {
  const self = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const hidden = withoutExtraCgroup2(readHostFacts(), self);
  if (hidden.length > self.length) return await runShown(hidden);
  return (await testAll(args)) ? 0 : 1;
}

process.chdir(packageRoot());
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(reasonOf(error));
  process.exitCode = 1;
}
