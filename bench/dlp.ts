import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RequestHead } from '../src/gateway/dlp/finding.ts';
import { createInspector } from '../src/gateway/dlp/inspector.ts';
import { pinnedRules } from '../src/gateway/dlp/rules/pinned.ts';
import { measureBeside, type Beside } from './dlp/beside.ts';
import { makeJpeg, makePng, makeTarball, makeZip } from './dlp/containers.ts';
import { HOST_NAME } from './gateway/load.ts';
import { median } from './median.ts';
import { isInside, runInside } from './network.ts';

/**
 * Measures the cost of inspecting a body before it leaves: processor time per 200 KB, ordinary and hostile, and how the
 * time grows with the size. Uses 50 known secrets and all pinned rules. Then measures how fast the gateway inspects
 * archives and pictures, and how long small requests take beside an upload. Needs openssl, curl and, for one row, zip.
 *
 *   npm run bench -- dlp [RUNS [containers]]
 */

const SIZES = [100, 200, 400].map((kib) => kib * 1024);
const REFERENCE = 200 * 1024;
const PIECE = 16 * 1024;
const GOAL_MS = 10;
/** If eight times the bytes take more than this factor, the time does not grow in proportion. */
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

/** Prints tables: medians in milliseconds of processor time for bodies, microseconds for heads. */
export async function main(args: readonly string[]): Promise<void> {
  const [runs = '30', only] = args;
  const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-dlp-'));
  try {
    if (isInside()) {
      const bodies = { tarball: makeTarball(folder), noise: randomBytes(20e6) };
      console.log(besideTable(await measureBeside(folder, bodies, BESIDE_RUNS)));
      return;
    }
    if (only === undefined) printBodies(Number(runs));
    console.log(containersTable(folder));
    const hostsPath = join(folder, 'hosts');
    writeFileSync(hostsPath, `127.0.0.1 localhost\n127.0.0.1 ${HOST_NAME}\n`);
    runInside('dlp', args, hostsPath);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const BESIDE_RUNS = 3;
const CONTAINER_RUNS = 3;
const CONTAINER_PIECE = 64 * 1024;
const GOAL_MB_PER_S = 20;
const GOAL_ADDED_MS = 2;

/** Measures the processor time in one thread, after a warm-up that compiles the code. */
function containersTable(folder: string): string {
  const bodies = {
    'a tarball of sources': makeTarball(folder),
    'a zip of sources': makeZip(folder),
    'a PNG': makePng(),
    'a JPEG': makeJpeg(),
  };
  const rows = Object.entries(bodies).map(([name, body]) => {
    if (body === undefined) return `| ${name} | | not measured: zip is not installed |`;
    costMs(body, CONTAINER_PIECE);
    const times = Array.from({ length: CONTAINER_RUNS }, () => costMs(body, CONTAINER_PIECE));
    const speed = body.length / 1e3 / median(times);
    const goal = speed >= GOAL_MB_PER_S ? 'held' : 'MISSED';
    return `| ${name}, ${(body.length / 1e6).toFixed(0)} MB | ${speed.toFixed(1)} | ${goal} (${GOAL_MB_PER_S}) |`;
  });
  return `\n| containers | MB/s | goal |\n| --- | --: | --- |\n${rows.join('\n')}`;
}

function besideTable(all: readonly Beside[]): string {
  const at = (times: readonly number[], share: number): number =>
    times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? Number.NaN;
  const rows = all.map(({ name, bytes, seconds, alone, during }) => {
    const added = at(during, 0.5) - at(alone, 0.5);
    const figures = [at(alone, 0.5), at(alone, 0.99), at(during, 0.5), at(during, 0.99), Math.max(...during)];
    const goal = added < GOAL_ADDED_MS ? 'held' : 'MISSED';
    const speed = bytes / 1e6 / seconds;
    return `| ${name} | ${speed.toFixed(1)} | ${figures.map((value) => value.toFixed(2)).join(' | ')} | ${goal} (+${GOAL_ADDED_MS} ms) |`;
  });
  return [
    '\n| uploaded beside | MB/s | p50 alone, ms | p99 alone | p50 beside | p99 beside | most | goal |',
    '| --- | --: | --: | --: | --: | --: | --: | --- |',
    ...rows,
  ].join('\n');
}

function printBodies(runs: number): void {
  const columns = [...SIZES.map((bytes) => `${bytes / 1024} KB`), '200 KB in 16 KB'];
  for (const [title, makes] of Object.entries({ ordinary: ORDINARY, hostile: HOSTILE })) {
    console.log(`\n| ${title} | ${columns.join(' | ')} | |\n| --- |${' --: |'.repeat(columns.length)} --- |`);
    for (const [name, make] of Object.entries(makes)) console.log(row(name, make, runs));
  }
  console.log(`\n| heads | one | \n| --- | --: |`);
  for (const [name, make] of Object.entries(HEADS))
    console.log(`| ${name} | ${headCostUs(make).toFixed(1)} µs |`);
}

/** Requests of one client; `turn` varies a part of them. */
const HEADS: Readonly<Record<string, (turn: number) => RequestHead>> = {
  'two headers, the same': () => ({ host: 'bench.example', path: '/', headers: CLIENT.slice(0, 2) }),
  'an agent, the same': () => ({ host: 'bench.example', path: '/v1/messages', headers: CLIENT }),
  'an agent, with an id': () => ({
    host: 'bench.example',
    path: '/v1/messages',
    headers: [...CLIENT, ['x-request-id', randomUUID()]],
  }),
  'an agent, other paths': (turn) => ({
    host: 'bench.example',
    path: `/packages/name-${(turn * 7919) % 1000}`,
    headers: CLIENT,
  }),
};
const CLIENT: RequestHead['headers'] = [
  ['user-agent', 'agent/1.0.35 (external, cli)'],
  ['accept', 'application/json'],
  ['content-type', 'application/json'],
  ['x-stainless-retry-count', '0'],
  ['x-stainless-lang', 'js'],
  ['x-stainless-package-version', '0.55.1'],
  ['x-stainless-os', 'Linux'],
  ['x-stainless-runtime-version', 'v20.18.1'],
  ['anthropic-version', '2023-06-01'],
  ['anthropic-beta', 'claude-code-20250219,interleaved-thinking-2025-05-14'],
];
const HEAD_RUNS = 3000;

/** Measures after an equal number of warm-up heads, which also fill the inspector's trail. */
function headCostUs(make: (turn: number) => RequestHead): number {
  const heads = Array.from({ length: 2 * HEAD_RUNS }, (_, turn) => make(turn));
  for (const head of heads.slice(0, HEAD_RUNS)) inspector.head(head);
  const before = process.cpuUsage();
  for (const head of heads.slice(HEAD_RUNS)) inspector.head(head);
  return process.cpuUsage(before).user / HEAD_RUNS;
}

function row(name: string, make: Make, runs: number): string {
  const times = SIZES.map((bytes) => {
    const unit = Buffer.from(make(bytes) as string);
    const body = Buffer.alloc(bytes, unit);
    costMs(body);
    return median(Array.from({ length: runs }, () => costMs(body)));
  });
  const body = Buffer.alloc(REFERENCE, Buffer.from(make(REFERENCE) as string));
  const inPieces = median(Array.from({ length: runs }, () => costMs(body, PIECE)));
  const grew = (times.at(-1) ?? 0) / (times[0] ?? 1);
  const atReference = times[SIZES.indexOf(REFERENCE)] ?? Number.NaN;
  const verdict = [
    `${atReference <= GOAL_MS ? 'within' : 'over'} ${GOAL_MS} ms`,
    grew <= LINEAR ? 'linear' : `NOT LINEAR: ${grew.toFixed(1)}x`,
  ];
  return `| ${name} | ${[...times, inPieces].map((time) => time.toFixed(1)).join(' | ')} | ${verdict.join(', ')} |`;
}

function costMs(body: Buffer, pieceBytes = body.length): number {
  const before = process.cpuUsage();
  const inspection = inspector.body({ host: 'bench.example', where: 'body', action: 'warn' });
  for (let at = 0; at < body.length; at += pieceBytes) inspection.push(body.subarray(at, at + pieceBytes));
  inspection.end();
  return process.cpuUsage(before).user / 1000;
}
