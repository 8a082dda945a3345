import { describe, expect, it } from 'vitest';
import { findKata as findKataBy, type Registered } from './registered.ts';

const findKata = (listed: Registered, asked: string | undefined, settings: Registered = {}) =>
  findKataBy(listed, asked, settings);

const SHIM = '/opt/kata/bin/containerd-shim-kata-v2';
const RUNC = { runc: { path: 'runc' }, 'io.containerd.runc.v2': { path: 'runc' } };

describe('a registration of Kata', () => {
  it('a registration is recognised by its key', () => {
    const registered = { ...RUNC, kata: { runtimeType: SHIM } };
    expect(findKata(registered, undefined)).toEqual({ key: 'kata', shim: SHIM, configPath: undefined });
  });

  it('a registration is recognised by a key that contains the word', () => {
    const found = findKata({ ...RUNC, 'my-kata': { runtimeType: '/opt/vm/shim' } }, undefined);
    expect(found).toMatchObject({ key: 'my-kata', shim: '/opt/vm/shim' });
  });

  it('a registration is recognised by its shim, whatever its key, with its configuration', () => {
    const options = { ConfigPath: '/etc/kata/qemu.toml' };
    const found = findKata(
      { ...RUNC, vm: { runtimeType: 'io.containerd.kata-qemu.v2', options } },
      undefined,
    );
    expect(found).toEqual({
      key: 'vm',
      shim: 'containerd-shim-kata-qemu-v2',
      configPath: '/etc/kata/qemu.toml',
    });
  });

  /** The answer of Docker 26.1.5 to `GET /info` for the registration in Kata 4.1.0's guide. */
  const LISTED = { ...RUNC, kata: {} };

  it("a registration gets its shim from dockerd's settings, because Docker lists none", () => {
    const options = { ConfigPath: '/etc/kata/qemu.toml' };
    expect(findKata(LISTED, undefined, { kata: { runtimeType: SHIM, options } })).toEqual({
      key: 'kata',
      shim: SHIM,
      configPath: '/etc/kata/qemu.toml',
    });
    expect(findKata({ ...RUNC, vm: {} }, undefined, { vm: { runtimeType: SHIM } })).toMatchObject({
      key: 'vm',
      shim: SHIM,
    });
    expect(findKata(LISTED, 'kata', { kata: { runtimeType: SHIM } })).toMatchObject({ shim: SHIM });
  });

  it('a registration is as Docker lists it, whatever the settings say', () => {
    const listed = { ...RUNC, kata: { path: '/usr/bin/false' } };
    expect(findKata(listed, undefined, { kata: { runtimeType: SHIM } })).toMatchObject({
      reason: expect.stringContaining('/usr/bin/false is registered as an OCI runtime') as string,
    });
  });

  it('a registration in the settings alone does not count, because Docker may not have read it', () => {
    expect(findKata(RUNC, undefined, { kata: { runtimeType: SHIM } })).toBeUndefined();
  });

  it('an unexplained registration is refused, with the way to name its shim', () => {
    expect(findKata(LISTED, undefined)).toMatchObject({
      status: 'installed',
      reason: expect.stringMatching(/does not say which shim its runtime kata is/) as string,
      fix: expect.stringContaining('BOT_BOTTLE_KATA_RUNTIME=io.containerd.kata.v2') as string,
    });
  });

  it('a usable registration is preferred', () => {
    const registered = { kata: { path: '/usr/bin/kata-runtime' }, 'kata-qemu': { runtimeType: SHIM } };
    expect(findKata({ ...RUNC, ...registered }, undefined)).toMatchObject({ key: 'kata-qemu', shim: SHIM });
  });

  it("another runtime's registration does not count", () => {
    expect(findKata({ ...RUNC, runsc: { path: '/usr/bin/runsc' } }, undefined)).toBeUndefined();
  });

  it.each([
    [
      'of the OCI runtime of Kata 1.x',
      { kata: { path: '/usr/bin/kata-runtime' } },
      /no runtime since Kata 2\.0/,
    ],
    [
      'of any OCI runtime',
      { kata: { path: '/usr/bin/false' } },
      /\/usr\/bin\/false is registered as an OCI runtime/,
    ],
    ['of a program with the name in its path', { vm: { path: '/opt/kata/bin/x' } }, /"runtimeType"/],
  ])('%s is refused, with the intended one', (_what, registered, reason) => {
    const found = findKata({ ...RUNC, ...registered }, undefined);
    expect(found).toMatchObject({
      status: 'installed',
      reason: expect.stringMatching(reason) as string,
      fix: expect.stringContaining('{"runtimeType":"/opt/kata/bin/containerd-shim-kata-v2"}') as string,
    });
  });
});

describe('a runtime that the user names', () => {
  it('a named runtime is preferred to a registered one', () => {
    const registered = { ...RUNC, kata: { runtimeType: SHIM }, other: { runtimeType: '/opt/other/shim' } };
    expect(findKata(registered, 'other')).toMatchObject({ key: 'other', shim: '/opt/other/shim' });
  });

  it("a named runtime may be a shim in dockerd's PATH, which no list has", () => {
    expect(findKata(RUNC, 'io.containerd.kata.v2')).toEqual({
      key: 'io.containerd.kata.v2',
      shim: 'containerd-shim-kata-v2',
      configPath: undefined,
    });
  });

  it.each([
    ['kata-runtime', /no runtime since Kata 2\.0/],
    ['/usr/bin/kata-runtime', /no runtime since Kata 2\.0/],
    [SHIM, /Docker has no runtime called \/opt\/kata/],
    ['runc', /OCI runtime/],
    ['__proto__', /Docker has no runtime called/],
  ])('a named runtime that is not Kata is refused: %s', (asked, reason) => {
    expect(findKata(RUNC, asked)).toMatchObject({ reason: expect.stringMatching(reason) as string });
  });
});
