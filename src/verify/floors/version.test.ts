import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareVersions, formatVersion, parseVersion, type Version } from './version.ts';
import { runs } from '../../../test/support/runs.ts';

const STAGES = ['dev', 'alpha', 'beta', 'rc'] as const;
const BUILDS = [
  '+ds1-2+deb13u1',
  '+dfsg1',
  '-0ubuntu1~24.04.1',
  '-1.fc43',
  '+deb13-amd64',
  '-45-generic',
  '~ds1-6',
];

const versions: fc.Arbitrary<Version> = fc
  .record({
    numbers: fc.array(fc.nat(99_999), { minLength: 2, maxLength: 4 }),
    stage: fc.option(fc.record({ name: fc.constantFrom(...STAGES), number: fc.nat(99) }), { nil: undefined }),
    build: fc.option(fc.constantFrom(...BUILDS), { nil: undefined }),
  })
  .map(({ numbers, stage, build }) => {
    const release: Version = { numbers, stage, distribution: undefined };
    return build === undefined ? release : { ...release, distribution: formatVersion(release) + build };
  });

test.each([
  ['runc version 1.1.12', '1.1.12'],
  ['runc version 1.4.0-rc.3\ncommit: v1.4.0-rc.3-0-gabcdef0', '1.4.0-rc.3'],
  ['1.0.0-rc93', '1.0.0-rc.93'],
  ['runc version 1.3.0+dev', '1.3.0'],
  ['runc version 1.1.15+ds1', '1.1.15+ds1'],
  ['runc version 1.1.15+ds1\ncommit: 1.1.15+ds1-2+deb13u1\nspec: 1.2.0', '1.1.15+ds1-2+deb13u1'],
  ['crun version 1.21\ncommit: 10269840aa07\nspec: 1.0.0', '1.21'],
  ['runsc version release-20240729.0', '20240729.0'],
  ['runsc version release-20250820.0-12-g1234567890ab', '20250820.0'],
  ['runsc version 0.0~20240729.0\nspec: 1.2.0', '0.0~20240729.0'],
  ['podman version 5.6.0-dev', '5.6.0-dev.0'],
  ['Docker version 26.1.5+dfsg1, build a72d7cd', '26.1.5+dfsg1'],
  ['Docker version 26.1.3, build 26.1.3-0ubuntu1~24.04.1', '26.1.3-0ubuntu1~24.04.1'],
  ['5:28.5.2-1~debian.13~trixie', '28.5.2'],
  ['5:27.3.1-1~ubuntu.24.04~noble', '27.3.1'],
  ['containerd github.com/containerd/containerd v1.7.27 05044ec0a9a7', '1.7.27'],
  ['containerd github.com/containerd/containerd 1.7.24~ds1 1.7.24~ds1-6+deb13u1', '1.7.24~ds1-6+deb13u1'],
  ['QEMU emulator version 10.0.13 (Debian 1:10.0.13+ds-0+deb13u1)', '10.0.13+ds-0+deb13u1'],
  ['QEMU emulator version 9.2.0', '9.2.0'],
  ['Firecracker v1.16.1', '1.16.1'],
  ['kata-runtime  : 3.29.0', '3.29.0'],
  ['bubblewrap 0.12.0', '0.12.0'],
  ['0.12.0-1~deb13u1', '0.12.0-1~deb13u1'],
  ['6.12.48', '6.12.48'],
  ['6.12.48+deb13-amd64', '6.12.48+deb13-amd64'],
  ['6.8.0-45-generic', '6.8.0-45-generic'],
  ['5.14.0-503.14.1.el9_5.x86_64', '5.14.0-503.14.1.el9_5.x86_64'],
  ['6.17.7-arch1-1', '6.17.7-arch1-1'],
  ['6.10.14-linuxkit', '6.10.14'],
  ['5.15.167.4-microsoft-standard-WSL2', '5.15.167.4'],
  ['7.2-rc5', '7.2-rc.5'],
])('the text %j contains the version %s', (text, shown) => {
  const version = parseVersion(text);
  expect(version === undefined ? undefined : formatVersion(version)).toBe(shown);
});

test.each(['', ' ', 'unknown', 'crun version UNKNOWN', 'runsc version VERSION_MISSING', 'v', '12', 'x1.2.3'])(
  'the text %j contains no version',
  (text) => {
    expect(parseVersion(text)).toBeUndefined();
  },
);

test.each([
  ['1.4.0-rc.2', '1.4.0-rc.3'],
  ['1.4.0-rc.3', '1.4.0'],
  ['1.0.0-rc93', '1.0.0-rc.94'],
  ['5.6.0-dev', '5.6.0-rc1'],
  ['2.0.0-alpha.2', '2.0.0-beta.1'],
  ['1.9', '1.30'],
  ['7.2-rc5', '7.2'],
  ['6.12.84', '6.12.85'],
  ['release-20240729.0', '20260824.0'],
  ['0.0~20240729.0-4+b7', 'release-20240807.0'],
])('%s is older than %s', (older, newer) => {
  const [a, b] = [parseVersion(older), parseVersion(newer)];
  expect(a !== undefined && b !== undefined && compareVersions(a, b) < 0).toBe(true);
});

test('versions have a total order', () => {
  fc.assert(
    fc.property(versions, versions, versions, (a, b, c) => {
      expect(compareVersions(a, a)).toBe(0);
      expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
      const [first, second, third] = [a, b, c].toSorted(compareVersions);
      if (first === undefined || second === undefined || third === undefined) return;
      expect(compareVersions(first, second)).toBeLessThanOrEqual(0);
      expect(compareVersions(second, third)).toBeLessThanOrEqual(0);
      expect(compareVersions(first, third)).toBeLessThanOrEqual(0);
    }),
  );
});

test("a distribution's build counts as its release", () => {
  fc.assert(
    fc.property(versions, (version) => {
      expect(compareVersions(version, { ...version, distribution: undefined })).toBe(0);
    }),
  );
});

test('a written version is read back unchanged', () => {
  fc.assert(
    fc.property(versions, (version) => {
      expect(parseVersion(formatVersion(version))).toEqual(version);
      expect(parseVersion(`program version ${formatVersion(version)}\nspec: 1.2.0`)).toEqual(version);
    }),
  );
});

test('any text is read as no version, or as one that is read back unchanged', () => {
  const texts = fc.oneof(fc.string(), fc.stringMatching(/^[v0-9.~+:a-z-]{0,24}$/));
  const again = (version: Version | undefined): Version | undefined =>
    version === undefined ? undefined : parseVersion(formatVersion(version));
  fc.assert(
    fc.property(texts, (text) => {
      expect(again(parseVersion(text))).toEqual(parseVersion(text));
    }),
    { numRuns: runs(2_000) },
  );
});
