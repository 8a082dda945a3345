import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { suitedKata } from './suited.ts';

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
  folder = mkdtempSync(join(tmpdir(), 'bb-kata-suited-'));
  registered = shimIn('registered', `echo '${line('3.20.0')}'`);
  inPath = shimIn('in-path', `echo '${line('4.1.0')}'`);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

describe('a registration', () => {
  const runtimes = () => ({ kata: { runtimeType: join(registered, SHIM) } });

  it('of a Kata that is too old is refused by its own word', async () => {
    vi.stubEnv('PATH', `${inPath}:${process.env['PATH'] ?? ''}`);
    expect(await suitedKata(runtimes(), '28.5.1')).toMatchObject({
      reason: expect.stringContaining('Kata 3.20.0') as string,
    });
  });

  it('gives way to what the user names', async () => {
    vi.stubEnv('BOT_BOTTLE_KATA_RUNTIME', 'kata-runtime');
    expect(await suitedKata(runtimes(), '28.5.1')).toMatchObject({
      reason: expect.stringContaining('since Kata 2.0') as string,
    });
  });

  it('that there is none of says nothing', async () => {
    expect(await suitedKata({ runc: { path: 'runc' } }, '28.5.1')).toBeUndefined();
  });
});
