import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageRoot } from '../../../src/host/paths.ts';

/**
 * `scripts/host-report` removes everything that it makes on a Mac. The test checks its calls to a `container` that
 * records them and makes nothing.
 */

const IMAGE = 'example:1';
let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'host-report-'))));
afterEach(() => rmSync(dir, { recursive: true }));

/**
 * Runs the script with a `container` that answers by this shell code; returns its calls, without the words that differ
 * each time.
 */
function report(answers: string, seconds: string): readonly string[] {
  const program = join(dir, 'container');
  writeFileSync(program, `#!/bin/sh\necho "$*" >>'${join(dir, 'calls')}'\n${answers}\n`);
  chmodSync(program, 0o755);
  const env = { PATH: `${dir}:${process.env['PATH'] ?? ''}`, TMPDIR: dir };
  const { status } = spawnSync('sh', [join(packageRoot(), 'scripts/host-report'), IMAGE, seconds], {
    env,
    timeout: 30_000,
  });
  expect(status).toBe(0);
  expect(readdirSync(dir).filter((name) => name.startsWith('bot-bottle-report'))).toEqual([]);
  const calls = existsSync(join(dir, 'calls')) ? readFileSync(join(dir, 'calls'), 'utf8') : '';
  return calls
    .trim()
    .split('\n')
    .map((line) => line.replaceAll(/bot-bottle-report-\d+/g, 'REPORT'));
}

const ALL = ['one', 'gateway', 'agent'].map((name) => `delete --force REPORT-${name}`);
const IMAGE_GONE = `image delete ${IMAGE}`;

test('the host report removes all that it has made, and an image that was not there before', () => {
  const calls = report('case "$1 $2" in "image inspect" | "run "*) exit 1 ;; esac', '60');
  expect(calls).toContain(`image pull ${IMAGE}`);
  expect(calls.slice(-5)).toEqual([...ALL, 'network delete REPORT-net', IMAGE_GONE]);
});

test('the host report keeps an image that was there before', () => {
  expect(report('case "$1" in run) exit 1 ;; esac', '60')).not.toContain(IMAGE_GONE);
});

test('the host report keeps such an image even after its deadline, when it asks nothing more', () => {
  expect(report('exit 0', '0')).toEqual([...ALL, 'network delete REPORT-net']);
});
