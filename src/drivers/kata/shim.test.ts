import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, test, vi } from 'vitest';
import { installedShim, shimProgram, shimSays } from './shim.ts';

const SHIM = 'containerd-shim-kata-v2';
const line = (version: string): string =>
  `Kata Containers containerd shim (Golang): id: "io.containerd.kata.v2", version: ${version}, commit: 0`;
let folder: string;

/** Makes a shim in a separate folder that runs this script. */
function shimIn(name: string, script: string): string {
  const dir = join(folder, name);
  mkdirSync(dir);
  writeFileSync(join(dir, SHIM), `#!/bin/sh\n${script}\n`);
  chmodSync(join(dir, SHIM), 0o755);
  return dir;
}
let registered: string;
let inPath: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bb-kata-shim-'));
  registered = shimIn('registered', `echo '${line('3.20.0')}'`);
  inPath = shimIn('in-path', `echo '${line('4.1.0')}'`);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

describe('the version of a shim', () => {
  it("the registered shim's version counts, whatever has its name in PATH", async () => {
    vi.stubEnv('PATH', `${inPath}:${process.env['PATH'] ?? ''}`);
    expect(await shimSays(join(registered, SHIM))).toBe(line('3.20.0'));
    expect(await shimSays(SHIM)).toBe(line('4.1.0'));
  });

  it('a shim that fails or is absent has no version', async () => {
    const failing = shimIn('failing', `echo '${line('4.1.0')}'; exit 1`);
    expect(await shimSays(join(failing, SHIM))).toBe('');
    expect(await shimSays(join(folder, 'missing', SHIM))).toBe('');
  });
});

describe('an unregistered shim', () => {
  it('an unregistered shim is found in PATH, and then in the folders of releases', () => {
    const nowhere = () => undefined;
    expect(installedShim([join(folder, 'missing'), registered], nowhere)).toBe(join(registered, SHIM));
    expect(installedShim([join(folder, 'missing')], nowhere)).toBeUndefined();
    expect(installedShim([registered], (name) => join(inPath, name))).toBe(join(inPath, SHIM));
  });
});

test.each([
  ['io.containerd.kata.v2', 'containerd-shim-kata-v2'],
  ['io.containerd.kata-qemu.v2', 'containerd-shim-kata-qemu-v2'],
  // pull requests and issues show it with one more part; containerd uses the last two
  ['io.containerd.run.kata.v2', 'containerd-shim-kata-v2'],
  ['kata', undefined],
  ['io.containerd.', undefined],
  ['io.containerd./bin/sh.v2', undefined],
  ['/opt/kata/bin/containerd-shim-kata-v2', undefined],
])('the shim of %s is %s', (runtimeType, program) => {
  expect(shimProgram(runtimeType)).toBe(program);
});
