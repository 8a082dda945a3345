import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/host/paths.ts';
import { isRoot } from '../src/host/user.ts';
import type { VerifyReport } from '../src/verify/report.ts';
import { renderReport } from '../src/verify/show/terminal.ts';
import { layOutProgram } from '../test/conformance/support/program.ts';
import { runShown } from './setup/command.ts';
import { readHostFacts, withoutExtraCgroup2 } from './setup/host-facts.ts';

/**
 * `npm run proof`: attacks a bottle on every rung that is ready here, and one that the test user starts, and writes what was
 * seen to docs/PROOF.md.
 */

const path = join(packageRoot(), 'docs', 'PROOF.md');
const program = join(packageRoot(), 'dist', 'cli.cjs');
const ORDINARY_MS = 600_000;

/** A run, and what it was. */
interface Proof {
  readonly title: string;
  readonly report: VerifyReport;
  readonly seconds: number;
}

async function proofOf(title: string, verify: () => Promise<string> | string): Promise<Proof> {
  const startedAt = Date.now();
  const stdout = await verify();
  if (stdout === '')
    throw new Error(`${title}: verify gave no report; npm run build, npm test -- --yes first`);
  const report = JSON.parse(stdout) as VerifyReport;
  return { title, report, seconds: Math.round((Date.now() - startedAt) / 1_000) };
}

function verifyAll(): string {
  const args = [program, 'verify', '--runtime', 'all', '--open', '--json'];
  return spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  }).stdout;
}

/** By a copy of the program that the test user can read. */
async function verifyAsOrdinaryUser(): Promise<string> {
  const rung = {
    runtime: 'bubblewrap',
    engine: 'bubblewrap',
    boundary: 'shared-kernel',
    networkForm: 'joined',
    user: 'ordinary',
  } as const;
  const laid = await layOutProgram(rung);
  try {
    const args = ['verify', '--runtime', rung.runtime, '--json'];
    return (await laid.run(args, { timeoutMs: ORDINARY_MS })).stdout;
  } finally {
    await laid.remove();
  }
}

function sectionOf({ title, report, seconds }: Proof): string[] {
  const evidence = report.rungs.map(({ runtime, engine, networkForm, evidence, durationMs }) => {
    const facts = Object.entries(evidence).map(([name, value]) => `${name}: ${value}`);
    return `- ${runtime} on ${engine} (${networkForm ?? 'no bottle'}), ${(durationMs / 1000).toFixed(0)} s: ${facts.join('; ')}`;
  });
  const shown = ['```', renderReport(report), '```'];
  return [
    `## ${title}`,
    '',
    `In ${seconds} s, all of it.`,
    '',
    ...shown,
    '',
    'What was read of each rung and bottle:',
    '',
    ...evidence,
    '',
  ];
}

async function main(): Promise<boolean> {
  const proofs = [await proofOf(isRoot() ? 'As root' : 'As an ordinary user', verifyAll)];
  if (isRoot()) proofs.push(await proofOf('As an ordinary user', verifyAsOrdinaryUser));
  const intro = [
    '# The last full matrix',
    '',
    'Made by `npm run proof`, on the host that it names. An attempt is one probe as one user; what each claims, tries and means is in',
    '[PROBES.md](PROBES.md), in `bot-bottle verify --list` and `--json`, and on the page that `--html` writes.',
    '',
  ];
  writeFileSync(path, [...intro, ...proofs.flatMap(sectionOf)].join('\n'));
  return proofs.every(({ report }) => report.held);
}

/** Podman has no daemon to hide the extra cgroup mount from: everything is run where it does not show. */
const self = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
const hidden = withoutExtraCgroup2(readHostFacts(), self);
if (hidden.length > self.length) process.exitCode = await runShown(hidden);
else process.exitCode = (await main()) ? 0 : 1;
