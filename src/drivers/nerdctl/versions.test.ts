import { afterEach, expect, test, vi } from 'vitest';
import { containerIn } from './native.ts';
import { imageSays } from './images.ts';
import { containerdIn, nerdctlFault, suitedKata, versionIn } from './versions.ts';

afterEach(() => vi.unstubAllEnvs());

test.each([
  ['nerdctl version 2.3.5\n', '2.3.5'],
  ['nerdctl version v2.1.3-beta.0', '2.1.3-beta.0'],
  ['Docker version 26.1.5', undefined],
  ['', undefined],
])('versions of nerdctl: %s', (said, version) => {
  expect(versionIn(said)).toBe(version);
});

test.each([
  ['nerdctl version 2.3.5', undefined],
  ['nerdctl version 2.10.0', undefined],
  ['nerdctl version 2.3.3', undefined],
  ['nerdctl version 2.3.2', /CVE-2026-50195/],
  ['nerdctl version 1.7.7', /nerdctl 1\.7\.7/],
  ['something else', /does not say its version/],
])('trap old-versions: %s', (said, reason) => {
  const fault = nerdctlFault(said, false);
  expect(fault?.reason ?? 'none').toMatch(reason ?? /^none$/);
});

test('trap old-versions: a user may insist, but not on another program', () => {
  expect(nerdctlFault('nerdctl version 1.7.7', true)).toBeUndefined();
  expect(nerdctlFault('Docker version 26.1.5', true)).toBeDefined();
});

test.each(['kata', '/opt/kata/bin/containerd-shim-kata-v2', 'runc', 'kata-runtime'])(
  'trap runtime-names: %s is refused, whatever programs there are',
  async (name) => {
    vi.stubEnv('BOT_BOTTLE_KATA_RUNTIME', name);
    expect(await suitedKata()).toMatchObject({
      status: 'installed',
      reason: expect.stringContaining(name) as string,
    });
  },
);

test('a missing shim is absent', async () => {
  vi.stubEnv('BOT_BOTTLE_KATA_RUNTIME', 'io.containerd.kata-nowhere.v2');
  expect(await suitedKata()).toMatchObject({
    status: 'absent',
    reason: 'containerd-shim-kata-nowhere-v2 is not installed',
  });
});

test('the version of the running containerd is read, or that none answers', () => {
  const Components = [{ Name: 'containerd', Version: 'v2.3.2' }, { Name: 'runc' }];
  expect(containerdIn(JSON.stringify({ Client: {}, Server: { Components } }))).toBe('v2.3.2');
  expect(containerdIn(JSON.stringify({ Client: { Version: 'v2.3.5' } }))).toBeUndefined();
  expect(containerdIn('no JSON')).toBeUndefined();
});

test('trap missing-image-succeeds: nothing is no container, and no image', () => {
  expect(containerIn('')).toBeUndefined();
  expect(imageSays('')).toEqual({ volumes: [], labels: [] });
});

test('trap volumes-of-an-image: they are read, and labels', () => {
  const Config = { Volumes: { '/data/': {}, '/a//b': {} }, Labels: { maintainer: 'somebody' } };
  expect(imageSays(JSON.stringify([{ Config }]))).toEqual({
    volumes: ['/data', '/a/b'],
    labels: ['maintainer'],
  });
  const none = { Volumes: null, Labels: null };
  expect(imageSays(JSON.stringify([{ Config: none }]))).toEqual({ volumes: [], labels: [] });
});
