import { randomInt } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../src/gateway/dlp/finding.ts';
import { createInspector } from '../src/gateway/dlp/inspector.ts';
import { UPSTREAM_RULES } from '../src/gateway/dlp/rules/upstream.ts';
import { pinnedRules } from '../src/gateway/dlp/rules/pinned.ts';
import type { RuleSet } from '../src/gateway/dlp/rules/rule.ts';
import { sampleOf } from '../src/gateway/dlp/rules/sample.testing.ts';

/**
 * Recall against the program gitleaks with its own rules, on samples of the pinned rules: of the samples in which
 * gitleaks finds something, the share in which the gateway does too, even if it only warns. Needs `gitleaks` in PATH.
 *
 *   npm run bench -- gitleaks [SAMPLES PER RULE [CASES.json]]
 *
 * With a file of cases, `{ "positives": ["..."], "negatives": ["..."] }`, also the number of cases that each finds.
 */
export function main([count = '10', casesPath]: readonly string[]): Promise<void> {
  if (casesPath !== undefined) compareOn(casesPath);
  const { rules } = JSON.parse(UPSTREAM_RULES) as RuleSet;
  const samples = rules.flatMap(({ id, regex }) =>
    Array.from({ length: Number(count) }, () => ({ id, text: `key: ${sampleOf(regex, randomInt).text}\n` })),
  );
  const theirs = foundByProgram(samples.map(({ text }) => text));
  const ours = samples.map(({ text }) => isFound(text));
  const both = samples.filter((_, index) => theirs.has(index) && ours[index] === true).length;
  const missed = samples.filter((_, index) => theirs.has(index) && ours[index] !== true);
  const more = ours.filter((found, index) => found && !theirs.has(index)).length;
  console.log(
    `samples ${samples.length}: gitleaks ${theirs.size}, of these the gateway ${both}; the gateway alone ${more}`,
  );
  console.log(`missed, by rule: ${[...new Set(missed.map(({ id }) => id))].join(', ') || 'none'}`);
  const ordinary = ORDINARY.map((path) => readFileSync(join(import.meta.dirname, '..', path), 'utf8'));
  const alarms = ordinary.filter((text) => isFound(text, isCertain)).length;
  console.log(
    `false alarms in ${ordinary.length} ordinary files: gitleaks ${foundByProgram(ordinary).size}, the gateway ${alarms}`,
  );
  return Promise.resolve();
}

interface Cases {
  readonly positives: readonly string[];
  readonly negatives: readonly string[];
}

/** Prints how many of these cases each finds; for the negatives, how many the gateway blocks. */
function compareOn(casesPath: string): void {
  const { positives, negatives } = JSON.parse(readFileSync(casesPath, 'utf8')) as Cases;
  const found = positives.filter((text) => isFound(text)).length;
  const blocked = negatives.filter((text) => isFound(text, isCertain)).length;
  console.log(
    `${positives.length} positives: gitleaks ${foundByProgram(positives).size}, the gateway ${found}; ` +
      `${negatives.length} negatives: gitleaks ${foundByProgram(negatives).size}, the gateway ${blocked}`,
  );
}

const inspector = createInspector({ secrets: [], rules: pinnedRules() });

/** Files without secrets. */
const ORDINARY = [
  'package-lock.json',
  'node_modules/@babel/parser/lib/index.js',
  'node_modules/esbuild/lib/main.js',
  'node_modules/yaml/README.md',
  'README.md',
  'docs/MANIFEST.md',
];

/** Returns whether the finding blocks, instead of only warning. */
const isCertain = ({ advisory }: Finding): boolean => advisory !== true;

function isFound(text: string, isMeant: (finding: Finding) => boolean = () => true): boolean {
  const body = inspector.body({ host: 'bench.example', where: 'body', action: 'warn' });
  return [body.push(Buffer.from(text)), body.end()].some(({ findings }) => findings.some(isMeant));
}

interface Leak {
  readonly File: string;
}

/** Returns the indexes of the samples in which gitleaks found something. */
function foundByProgram(texts: readonly string[]): ReadonlySet<number> {
  const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-gitleaks-'));
  try {
    for (const [index, text] of texts.entries()) writeFileSync(join(folder, `${index}.txt`), text);
    const report = join(folder, 'report.json');
    execFileSync(
      'gitleaks',
      ['detect', '--no-git', '--no-banner', '--exit-code', '0', '-s', folder, '-r', report],
      {
        stdio: 'ignore',
      },
    );
    const leaks = JSON.parse(readFileSync(report, 'utf8')) as readonly Leak[];
    return new Set(leaks.map(({ File }) => Number(/(\d+)\.txt$/.exec(File)?.[1])));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
