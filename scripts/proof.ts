import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/host/paths.ts';
import type { VerifyReport } from '../src/verify/report.ts';
import { renderReport } from '../src/verify/show/matrix.ts';

/** `npm run proof`: attacks a bottle on every rung that is ready here, and writes what was seen to docs/PROOF.md. */

const path = join(packageRoot(), 'docs', 'PROOF.md');
const program = join(packageRoot(), 'dist', 'cli.cjs');
const { stdout, status } = spawnSync(
  process.execPath,
  [program, 'verify', '--runtime', 'all', '--open', '--json'],
  { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 64 * 1024 * 1024 },
);
if (stdout === '') throw new Error(`verify gave no report (exit code ${status}); npm run build first`);
const report = JSON.parse(stdout) as VerifyReport;
const evidence = report.rungs.map(({ runtime, engine, networkForm, evidence, durationMs }) => {
  const facts = Object.entries(evidence).map(([name, value]) => `${name}: ${value}`);
  return `- ${runtime} on ${engine} (${networkForm ?? 'no bottle'}), ${(durationMs / 1000).toFixed(0)} s: ${facts.join('; ')}`;
});
writeFileSync(
  path,
  [
    '# The last full matrix',
    '',
    'Made by `npm run proof`, as root, on the host that it names. An attempt is one probe as one user; what each claims, tries and means is',
    'in `bot-bottle verify --list` and `--json`, and on the page that `--html` writes.',
    '',
    '```',
    renderReport(report),
    '```',
    '',
    '## What was read of each rung and bottle',
    '',
    ...evidence,
    '',
  ].join('\n'),
);
process.exit(status ?? 1);
