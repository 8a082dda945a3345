import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInspector } from '../src/gateway/dlp/inspector.ts';
import { pinnedRules } from '../src/gateway/dlp/rules/pinned.ts';
import { median } from './median.ts';

/**
 * What it costs to look at a body before it leaves: processor time per 200 KB, ordinary and hostile, and how the time grows
 * with the size. With 50 known secrets and all pinned rules.
 *
 *   npm run bench -- dlp [RUNS]
 */

const SIZES = [100, 200, 400].map((kib) => kib * 1024);
const REFERENCE = 200 * 1024;
const GOAL_MS = 10;
/** More than this times as long for eight times the bytes is no longer in proportion. */
const LINEAR = 16;

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'latin1');

type Make = (bytes: number) => string | Buffer;
const base64 = (bytes: Buffer | string) => Buffer.from(bytes).toString('base64');

const ORDINARY: Readonly<Record<string, Make>> = {
  'package-lock.json': () => read('package-lock.json'),
  'minified code': () => read('node_modules/@babel/parser/lib/index.js').replaceAll(/\s+/g, ' '),
  'a prompt of code': () =>
    JSON.stringify({ messages: [{ content: read('node_modules/@babel/parser/lib/index.js') }] }),
  'JSON in JSON': () =>
    JSON.stringify({ a: JSON.stringify({ b: JSON.stringify(read('package-lock.json')) }) }),
  'an image in base64': (bytes) => JSON.stringify({ image: base64(randomBytes(bytes)) }),
  UUIDs: (bytes) => Array.from({ length: bytes / 37 }, () => randomUUID()).join('\n'),
  hashes: (bytes) => Array.from({ length: bytes / 65 }, () => randomBytes(32).toString('hex')).join('\n'),
  'a git pack': () => pack(),
};

const HOSTILE: Readonly<Record<string, Make>> = {
  keywords: () => 'api_key token secret= password: ghp_ sk- ey xoxb- akia aws -----BEGIN PRIVATE KEY-----',
  'near matches': () => 'api_key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ',
  'a repeated': () => 'a',
  'V repeated': () => 'V',
  'endless hex': (bytes) => randomBytes(bytes / 2).toString('hex'),
  'base64 of base64 of base64': (bytes) => base64(base64(base64(randomBytes(bytes / 2)))),
  'percents of percents': () => '%252525',
  backslashes: () => '\\',
  'base32 letters': () => 'JBSWY3DPEHPK3PXP',
  'marks of gzip': () => Buffer.from([0x1f, 0x8b, 8, 0]),
  'marks of zlib': () => Buffer.from([0x78, 0x9c, 5]),
};

function pack(): Buffer {
  return execFileSync('sh', ['-c', 'git rev-list --objects HEAD | git pack-objects --stdout -q'], {
    cwd: root,
    maxBuffer: 1 << 30,
  });
}

const inspector = createInspector({
  secrets: Array.from({ length: 50 }, (_, index) => ({
    name: `SECRET_${index}`,
    value: randomBytes(24).toString('base64url'),
    kind: 'secret',
  })),
  rules: pinnedRules(),
});

/** Prints a table of medians in milliseconds of processor time. */
export function main([runs = '30']: readonly string[]): Promise<void> {
  const sizes = SIZES.map((bytes) => `${bytes / 1024} KB`).join(' | ');
  for (const [title, makes] of Object.entries({ ordinary: ORDINARY, hostile: HOSTILE })) {
    console.log(`\n| ${title} | ${sizes} | |\n| --- |${' --: |'.repeat(SIZES.length)} --- |`);
    for (const [name, make] of Object.entries(makes)) console.log(row(name, make, Number(runs)));
  }
  return Promise.resolve();
}

function row(name: string, make: Make, runs: number): string {
  const times = SIZES.map((bytes) => {
    const unit = Buffer.from(make(bytes) as string);
    const body = Buffer.alloc(bytes, unit);
    costMs(body);
    return median(Array.from({ length: runs }, () => costMs(body)));
  });
  const grew = (times.at(-1) ?? 0) / (times[0] ?? 1);
  const atReference = times[SIZES.indexOf(REFERENCE)] ?? Number.NaN;
  const verdict = [
    `${atReference <= GOAL_MS ? 'within' : 'over'} ${GOAL_MS} ms`,
    grew <= LINEAR ? 'linear' : `NOT LINEAR: ${grew.toFixed(1)}x`,
  ];
  return `| ${name} | ${times.map((time) => time.toFixed(1)).join(' | ')} | ${verdict.join(', ')} |`;
}

function costMs(body: Buffer): number {
  const before = process.cpuUsage();
  const inspection = inspector.body({ host: 'bench.example', where: 'body', action: 'warn' });
  inspection.push(body);
  inspection.end();
  return process.cpuUsage(before).user / 1000;
}
