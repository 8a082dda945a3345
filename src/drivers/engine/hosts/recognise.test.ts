import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { clientRefusal } from './podman-client.ts';
import { recogniseHost, refusalOf, type EngineHost } from './recognise.ts';
import { HOST_KINDS, HOSTS, type HostKind } from './table.ts';
import { dockerInfo, podmanInfo, type DockerSays, type Here, type PodmanSays } from './engine-info.ts';

/** Recorded answers of engines on hosts that are not available here; each file names its source. */
const FOLDER = join(import.meta.dirname, '../../../../test/golden/hosts');

type Recorded = {
  readonly source: string;
  readonly here: Here;
  readonly version?: { readonly Platform: { readonly Name: string } };
  readonly expected: {
    readonly kind: HostKind;
    readonly rungs: readonly string[];
    readonly refusal: { readonly why: string; readonly next: string } | null;
  };
} & (
  | { readonly engine: 'docker'; readonly said: DockerSays }
  | { readonly engine: 'podman'; readonly said: PodmanSays }
);

const RECORDED = readdirSync(FOLDER).map(
  (file) => [file, JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Recorded] as const,
);

const hostOf = ({ here, ...recorded }: Recorded): EngineHost =>
  recogniseHost(
    recorded.engine === 'docker' ? dockerInfo(recorded.said) : podmanInfo(recorded.said, 'program'),
    here,
  );

test.each(RECORDED)('%s is recognised with its kind, rungs, refusal and next step', (_file, recorded) => {
  const { kind, rungs, refusal } = recorded.expected;
  const host = hostOf(recorded);
  expect(host.kind).toBe(kind);
  expect(HOSTS[host.kind].rungs).toEqual(rungs);
  const refused = refusalOf(host);
  expect(refused?.fix).toBe(refusal?.next);
  expect(refused?.status).toBe(refusal === null ? undefined : 'installed');
  expect(refused?.reason ?? '').toContain(refusal?.why ?? '');
});

test('the recorded hosts are many, each names its source, and every kind is among them', () => {
  expect(RECORDED.length).toBeGreaterThanOrEqual(20);
  expect(RECORDED.filter(([, { source }]) => source.length < 20)).toEqual([]);
  const kinds = new Set(RECORDED.map(([, { expected }]) => expected.kind));
  expect(HOST_KINDS.filter((kind) => !kinds.has(kind))).toEqual([]);
});

test('GET /version identifies no host that GET /info does not', () => {
  const versions = RECORDED.filter(([, { version }]) => version !== undefined);
  expect(versions.length).toBeGreaterThan(1);
  for (const [, { version, expected }] of versions) {
    const isDesktop = version?.Platform.Name.startsWith('Docker Desktop') === true;
    expect(isDesktop).toBe(expected.kind.startsWith('docker-desktop'));
  }
});

describe('kinds of hosts', () => {
  const here = { os: 'Debian GNU/Linux 13 (trixie)', kernel: '6.12.0', name: 'host' };
  const words = { engine: 'docker', ...here, isRootless: false, isRemote: false } as const;

  it('a host with the same kernel is this one, even if its system has another name', () => {
    expect(refusalOf(recogniseHost({ ...words, os: 'Ubuntu Core 22' }, here))).toBeUndefined();
  });

  it('a host with another kernel is another computer', () => {
    expect(recogniseHost({ ...words, kernel: '6.12.1' }, here).kind).toBe('remote');
  });

  it.each(['colima', 'colima-x86'])('a host called %s is Colima', (name) => {
    expect(recogniseHost({ ...words, name }, here)).toEqual({ kind: 'colima', isElsewhere: true });
  });

  it('a host called after a person is not Colima', () => {
    expect(recogniseHost({ ...words, name: 'colimar' }, { ...here, name: 'colimar' }).kind).toBe('plain');
  });

  it('a host is not remote only because a Podman service says so', () => {
    const said = { host: { kernel: here.kernel, hostname: here.name, serviceIsRemote: true } };
    expect(recogniseHost(podmanInfo(said, 'service'), here).kind).toBe('plain');
    expect(recogniseHost(podmanInfo(said, 'program'), here).kind).toBe('remote');
  });
});

describe('clientRefusal', () => {
  const here = { os: '', kernel: '24.6.0', name: 'mac.local' };

  it("clientRefusal recognises a stopped machine by its client's advice", () => {
    // https://github.com/podman-container-tools/podman/issues/23535
    const stderr =
      'Cannot connect to Podman. Please verify your connection to the Linux system using `podman system connection list`, ' +
      'or try `podman machine init` and `podman machine start` to manage a new Linux VM\n' +
      'Error: unable to connect to Podman socket: failed to connect: dial tcp 127.0.0.1:59179: connect: connection refused';
    expect(clientRefusal({ exitCode: 125, stdout: '', stderr }, here)?.reason).toMatch(/^Podman machine: /);
  });

  it.each([
    [{ exitCode: 125, stdout: '', stderr: 'Error: creating runtime: exec: "crun": not found' }],
    [{ exitCode: undefined, stdout: '', stderr: '' }],
    [{ exitCode: 0, stdout: 'not JSON', stderr: '' }],
    [{ exitCode: 0, stdout: '{"host":{"kernel":"24.6.0","hostname":"mac.local"}}', stderr: '' }],
  ])('clientRefusal ignores other errors: %j', (said) => {
    expect(clientRefusal(said, here)).toBeUndefined();
  });
});
