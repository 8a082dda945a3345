import { describe, expect, test } from 'vitest';
import { containersIn } from './container.ts';
import { imageDigestIn, isServing, serviceVersionIn } from './other.ts';

const configuration = {
  id: 'one',
  mounts: [
    { type: { virtiofs: {} }, source: '/a', destination: '/b', options: ['ro'] },
    { type: { tmpfs: {} }, source: '', destination: '/tmp', options: ['size=1048576', 'mode=1777'] },
  ],
  networks: [{ network: 'default', options: { hostname: 'one' } }],
  capAdd: ['CAP_KILL'],
  capDrop: ['ALL'],
  readOnly: true,
  resources: { cpus: 2, memoryInBytes: 1024 },
  initProcess: {
    executable: '/bin/sh',
    arguments: ['-c', 'true'],
    user: { id: { uid: 0, gid: 0 } },
    rlimits: [{ limit: 'RLIMIT_NPROC', soft: 8, hard: 8 }],
  },
  publishedSockets: [{ hostPath: 'file:///run/s', containerPath: '/tmp/s' }],
};

/** ContainerSnapshot of 0.12; ManagedContainer of 1.2.2; the same with slashes in 1.3.1's form. */
const SHAPES: Readonly<Record<string, string>> = {
  'before 1.0': JSON.stringify([{ status: 'running', configuration, networks: [{ network: 'default' }] }]),
  'from 1.0': JSON.stringify([
    { id: 'one', configuration, status: { state: 'running', networks: [{ network: 'default' }] } },
  ]),
  'with escaped slashes': JSON.stringify([
    { id: 'one', configuration, status: { state: 'running', networks: [] } },
  ]).replaceAll('/', '\\/'),
};

describe('trap three-shapes', () => {
  test.each(Object.entries(SHAPES))('trap three-shapes: %s', (_name, said) => {
    const [seen] = containersIn(said) ?? [];
    expect(seen).toMatchObject({
      id: 'one',
      state: 'running',
      networks: ['default'],
      capAdd: ['KILL'],
      capDrop: ['ALL'],
      readOnly: true,
      cpus: 2,
      memoryBytes: 1024,
      command: ['/bin/sh', '-c', 'true'],
      user: '0:0',
      limits: { nproc: 8 },
      sockets: [{ hostPath: '/run/s', guestPath: '/tmp/s' }],
    });
    expect(seen?.mounts).toEqual([
      { source: '/a', destination: '/b', isTmpfs: false, options: ['ro'] },
      { source: '', destination: '/tmp', isTmpfs: true, options: ['size=1048576', 'mode=1777'] },
    ]);
  });

  test('an absent value counts as nothing, and an absent list as no answer', () => {
    expect(containersIn('[{"id":"x"}]')?.[0]).toMatchObject({
      state: 'unknown',
      readOnly: false,
      capDrop: [],
    });
    for (const said of ['', 'not JSON', '{}', '[{"identifier":"x"}]', '[{"id":"x"},{}]'])
      expect(containersIn(said)).toBeUndefined();
    expect(containersIn('[{"id":"x"}]')?.[0]?.networks).toEqual(['?']);
  });

  test("the service's state is read from `status`, alone or with other keys", () => {
    expect(isServing('{"status":"running","appRoot":"/x"}')).toBe(true);
    expect(isServing('{"status":"running","server":{},"paths":{}}')).toBe(true);
    for (const said of ['{"status":"not running"}', '{"status":"unregistered"}', 'apiserver is not running'])
      expect(isServing(said)).toBe(false);
  });

  test("the service's version is read alone or from a whole line, flat or grouped", () => {
    expect(serviceVersionIn('{"status":"running","server":{"version":"1.4.1"}}')).toBe('1.4.1');
    const line = 'container-apiserver version 1.3.1 (build: release, commit: 0123456)';
    expect(serviceVersionIn(JSON.stringify({ server: { version: line } }))).toBe('1.3.1');
    expect(serviceVersionIn(JSON.stringify({ apiServerVersion: line }))).toBe('1.3.1');
    for (const said of ['{"status":"running"}', '{"apiServerVersion":""}', 'none'])
      expect(serviceVersionIn(said)).toBeUndefined();
  });

  test("an image's digest is found wherever it is", () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    for (const image of [
      { configuration: { descriptor: { digest } } },
      { index: { digest } },
      { id: 'a'.repeat(64) },
    ])
      expect(imageDigestIn(JSON.stringify([image]))).toBe(digest);
    expect(imageDigestIn('[]')).toBeUndefined();
  });
});
