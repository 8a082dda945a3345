import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { allRungs } from '../../bottle/rungs/rung-checks.ts';
import type { RungCheck, Rung } from '../../drivers/driver.ts';
import { foundOf, programsOf, readFloors, withKernelBuild, withPackage } from './read.ts';
import { PROGRAMS } from './row.ts';
import { parseVersion } from './version.ts';

const rungOf = (engine: string, runtime: string): Rung => {
  const rung = allRungs().find((one) => one.engine === engine && one.runtime === runtime);
  if (rung === undefined) throw new Error(`no rung ${engine} ${runtime}`);
  return rung;
};

test.each([
  ['bubblewrap', 'bubblewrap', ['bubblewrap', 'kernel']],
  ['docker', 'runc', ['runc', 'docker', 'containerd', 'kernel']],
  ['docker', 'runsc', ['runsc', 'docker', 'containerd']],
  ['podman', 'crun', ['crun', 'podman', 'kernel']],
])('%s with %s depends on %j', (engine, runtime, programs) => {
  expect(programsOf(rungOf(engine, runtime))).toEqual(programs);
});

test('every rung depends on a program of the table', () => {
  expect(allRungs().filter((rung) => programsOf(rung).length === 0)).toEqual([]);
});

test("the check's evidence is used only for the program that it is about", () => {
  const rung = rungOf('docker', 'runc');
  const evidence = { docker: '26.1.5+dfsg1', runtimeVersion: 'runc version 1.1.15+ds1', kernel: 'unknown' };
  const found = PROGRAMS.flatMap((program) => foundOf(program, { rung, evidence }) ?? []);
  expect(found).toEqual(['runc version 1.1.15+ds1', '26.1.5+dfsg1']);
  const bwrap = { rung: rungOf('bubblewrap', 'bubblewrap'), evidence: { bwrap: '0.12.0', kernel: '6.18.1' } };
  expect(foundOf('bubblewrap', bwrap)).toBe('0.12.0');
  expect(foundOf('kvm', bwrap)).toBe('6.18.1');
});

test.each([
  ['crun version 1.21', '1.21-1', '1.21-1'],
  ['5.4.2', '5.4.2+ds1-2+b2\n', '5.4.2+ds1-2+b2'],
  ['runsc version 0.0~20240729.0', '0.0~20240729.0-4+b7', '0.0~20240729.0-4+b7'],
  ['runc version 1.3.3', '1.1.15+ds1-2+deb13u1', 'runc version 1.3.3'],
  ['runc version 1.3.3', '', 'runc version 1.3.3'],
  ['', '1.21-1', ''],
])('a program that reports %j, in the package %j, is %j', (said, packaged, text) => {
  expect(withPackage(said, packaged)).toBe(text);
});

describe('a runsc that is built from source', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'runsc-'))));
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(dir, { recursive: true });
  });

  test.each([
    [`echo '{ "ociVersionMax": "1.2.1" }'`, ' (has `runsc features`)'],
    ['echo Subcommand features not understood; exit 128', ''],
  ])('a source build of runsc whose `features` prints %j is read with it: %j', async (features, shown) => {
    const answer = `[ "$1" = features ] || exec echo 'runsc version VERSION_MISSING'; ${features}`;
    writeFileSync(join(dir, 'runsc'), `#!/bin/sh\n${answer}\n`, { mode: 0o755 });
    vi.stubEnv('PATH', `${dir}:${process.env['PATH']}`);
    const check = {
      rung: rungOf('docker', 'runsc'),
      status: 'ready',
      reason: '',
      fix: '',
      evidence: {},
    } as const;
    const { runsc } = await readFloors(check, new AbortController().signal);
    expect(runsc).toBe(`runsc version VERSION_MISSING${shown}`);
  });
});

test.each([
  ['6.1.0-28-amd64', '#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)', '6.1.119-1'],
  ['6.8.0-45-generic', '#45-Ubuntu SMP PREEMPT_DYNAMIC Fri Aug 30 12:02:04 UTC 2024', '6.8.0-45-generic'],
  ['6.12.48', '#1 SMP PREEMPT_DYNAMIC', '6.12.48'],
])('a kernel %s, %s, is %s', (name, build, text) => {
  expect(withKernelBuild(name, build)).toBe(text);
});

test("a program without a version stays empty, and this host's kernel is read", async () => {
  const rung: Rung = { ...rungOf('bubblewrap', 'bubblewrap'), engine: 'firecracker', runtime: 'firecracker' };
  const check: RungCheck = {
    rung,
    status: 'ready',
    reason: '',
    fix: '',
    evidence: { firecracker: 'unknown' },
  };
  const { kernel = '', ...others } = await readFloors(check, new AbortController().signal);
  expect(parseVersion(kernel)).toBeDefined();
  expect(Object.keys(others)).toEqual(['firecracker']);
});
