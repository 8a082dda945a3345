import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runtimesIn, textOfRoot } from './settings.ts';

const SHIM = '/opt/kata/bin/containerd-shim-kata-v2';

describe('the settings file', () => {
  let dir: string;
  let path: string;
  let uid: number;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'settings-'));
    path = join(dir, 'daemon.json');
    writeFileSync(path, '{}', { mode: 0o644 });
    ({ uid } = statSync(path));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it('counts where root alone can write it', () => {
    expect(textOfRoot(path, uid)).toBe('{}');
  });

  it.each([
    ['is another user’s', 0o644, 1],
    ['can be written by its group', 0o664, 0],
    ['can be written by anybody', 0o646, 0],
  ])('says nothing where it %s', (_where, mode, owner) => {
    chmodSync(path, mode);
    expect(textOfRoot(path, uid + owner)).toBe('');
    chmodSync(path, 0o644);
  });

  it('is not waited for where it is a FIFO, and says nothing where it is missing', () => {
    execFileSync('mkfifo', ['-m', '644', join(dir, 'fifo')]);
    expect(textOfRoot(join(dir, 'fifo'), uid)).toBe('');
    expect(textOfRoot(join(dir, 'nothing'), uid)).toBe('');
  });
});

describe('the runtimes in a settings file', () => {
  it('have their shim and its options', () => {
    const options = { ConfigPath: '/etc/kata/qemu.toml' };
    const text = JSON.stringify({
      runtimes: { kata: { runtimeType: SHIM, options }, runsc: { path: '/a' } },
    });
    expect(runtimesIn(text)).toEqual({ kata: { runtimeType: SHIM, options }, runsc: { path: '/a' } });
  });

  it.each([[''], ['{'], ['null'], ['{}'], ['{"runtimes":[]}'], ['{"runtimes":7}']])(
    'are none in %j',
    (text) => {
      expect(runtimesIn(text)).toEqual({});
    },
  );

  it('lose what is of another type than dockerd takes', () => {
    expect(runtimesIn('{"runtimes":{"kata":{"runtimeType":7,"path":null},"x":1}}')).toEqual({
      kata: {},
      x: {},
    });
  });
});
