import { describe, expect, it, test } from 'vitest';
import { kataVersionIn, versionFault } from './version.ts';

/** The output of the two runtimes: main.go and main.rs of kata-containers 4.1.0; 3.0.0 named no language. */
const RUST =
  'Kata Containers containerd shim (Rust): id: io.containerd.kata.v2, version: 4.1.0, commit: ddcb1ad8';
const GO =
  'Kata Containers containerd shim (Golang): id: "io.containerd.kata.v2", version: 3.30.0, commit: 8dccf4cf';
const OLD = 'Kata Containers containerd shim: id: "io.containerd.kata.v2", version: 3.0.0, commit: e2a8815b';
const of = (version: string): string => RUST.replace('4.1.0', version);

test.each([
  [RUST, '4.1.0'],
  [GO, '3.30.0'],
  [OLD, '3.0.0'],
  [of('4.0.0-rc0'), '4.0.0-rc0'],
  ['containerd-shim-runc-v2:\n  Version:  1.7.24', undefined],
  ['kata-runtime  : 3.31.0', undefined],
  ['', undefined],
])('the version in %j is %s', (said, version) => {
  expect(kataVersionIn(said)).toBe(version);
});

describe('Kata and Docker', () => {
  const fault = (said: string, docker = '26.1.5+dfsg1', anyway = false) =>
    versionFault({ said, docker, anyway, shim: 'containerd-shim-kata-v2' });

  it.each([[RUST], [GO], [of('3.30.0')], [of('10.0.0')]])('Kata and Docker fit together: %s', (said) => {
    expect(fault(said)).toBeUndefined();
    expect(fault(said, '29.5.1')).toBeUndefined();
  });

  it.each([['3.29.0'], ['3.4.0'], ['2.99.9'], ['3.30.0-rc0'], ['3.30.0~rc0'], ['3.30.0rc1']])(
    'Kata %s loses its network',
    (version) => {
      expect(fault(of(version))).toMatchObject({
        reason: expect.stringContaining(
          `Kata ${version} may start without a network under Docker 26.1.5+dfsg1`,
        ) as string,
        fix: expect.stringMatching(/Kata Containers 3\.30 or newer.*BOT_BOTTLE_KATA_ANY_VERSION=1/) as string,
      });
    },
  );

  it.each([[''], ['usage: ...'], ['version: 4.1.0']])('a Kata that reports %j is not believed', (said) => {
    expect(fault(said)?.reason).toBe('the version of Kata cannot be read: containerd-shim-kata-v2 --version');
  });

  it.each([['25.0.5'], ['dev'], ['']])('Kata does not fit Docker %j', (docker) => {
    expect(fault(RUST, docker)?.fix).toMatch(/^Docker 26 or newer/);
    expect(fault(RUST, docker)?.reason).toMatch(/^\d/.test(docker) ? /is older than 26/ : /cannot be read/);
  });

  it('Kata and Docker fit if the user insists', () => {
    expect(fault('', '25.0.5', true)).toBeUndefined();
  });
});
