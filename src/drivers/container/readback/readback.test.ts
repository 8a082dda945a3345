import { describe, expect, it } from 'vitest';
import { createBody, type ContainerPlan } from '../body/hardening.ts';
import { readbackDifferences, type Inspected, type ReadbackDialect } from './readback.ts';

const PLAN: ContainerPlan = {
  name: 'bot-bottle-x',
  bottleId: 'x',
  image: 'image',
  argv: ['sh', '-c', 'true'],
  env: { A: 'b' },
  cwd: '/work',
  owner: { uid: 1000, gid: 1000 },
  tty: false,
  stdin: true,
  limits: { memoryBytes: 2 ** 30, cpus: 1.5, pids: 512 },
  mounts: [{ hostPath: '/host/work', guestPath: '/work', readOnly: false }],
  scratch: [{ guestPath: '/tmp', sizeBytes: 2 ** 20, executable: true, private: false }],
  network: { kind: 'none' },
  sysctls: { 'net.b': '1', 'net.a': '2' },
  capabilities: [],
};

const BODY = createBody(
  PLAN,
  {},
  {
    runtime: 'runc',
    isMachine: false,
    keepsInputOpen: false,
    tmpfsOwnerOptions: ({ uid, gid }) => `uid=${uid},gid=${gid}`,
    tmpfsOptions: '',
    tmpfsBoundsFiles: true,
    addsTmpfsAt: [],
    openFiles: 65_536,
    userProcesses: undefined,
    usernsMode: '',
    cgroupnsMode: 'private',
    seccompProfile: '/profile.json',
    seccompByContent: false,
    masksWholeList: true,
    ownHostnameWhenJoined: false,
  },
);

const DIALECT: ReadbackDialect = {
  runtime: 'runc',
  joinedId: undefined,
  usernsMode: '',
  callsOwnIpcShareable: false,
  listsCapabilities: false,
  appArmor: false,
  hasSwap: true,
};

/** Docker 26's answer for this body, reduced to the compared fields. */
const FOUND: Inspected = {
  Config: {
    User: '1000:1000',
    WorkingDir: '/work',
    Hostname: 'bottle',
    Entrypoint: ['sh', '-c', 'true'],
    Cmd: [],
    Tty: false,
  },
  HostConfig: {
    ...BODY.HostConfig,
    PidMode: '',
    UTSMode: '',
    Devices: null,
    OomKillDisable: false,
    ReadonlyPaths: ['/proc/sys'],
    Sysctls: { 'net.a': '2', 'net.b': '1' }, // Docker sorts them
  },
  Mounts: [{ Type: 'bind', Source: '/host/work', Destination: '/work', RW: true, Propagation: 'rprivate' }],
};

const withHost = (changes: Record<string, unknown>): Inspected => ({
  ...FOUND,
  HostConfig: { ...FOUND.HostConfig, ...changes },
});

const differences = (found: Inspected, dialect = DIALECT): string[] =>
  readbackDifferences(BODY, found, dialect);

describe('readbackDifferences', () => {
  it('readbackDifferences finds none in a container as requested', () => {
    expect(differences(FOUND)).toEqual([]);
  });

  it.each([
    ['privileged', { Privileged: true }],
    ['security options', { SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'] }],
    ['security options', { SecurityOpt: null }],
    ['added capabilities', { CapAdd: ['CAP_NET_RAW'] }],
    ['dropped capabilities', { CapDrop: ['NET_RAW'] }],
    ['read-only root', { ReadonlyRootfs: false }],
    ['PidsLimit', { PidsLimit: 0 }],
    ['PidsLimit', { PidsLimit: null }],
    ['Memory', { Memory: 0 }],
    ['MemorySwap', { MemorySwap: -1 }],
    ['NanoCpus', { NanoCpus: 0 }],
    ['core dumps', { Ulimits: [{ Name: 'nofile', Soft: 65_536, Hard: 65_536 }] }],
    ['open files', { Ulimits: [{ Name: 'core', Soft: 1, Hard: 1 }] }],
    ['OomKillDisable', { OomKillDisable: true }],
    ['network', { NetworkMode: 'host' }],
    ['network', { NetworkMode: 'bridge' }],
    ['annotations for the runtime', { Annotations: { 'dev.gvisor.flag.host-uds': 'all' } }],
    [
      'annotations for the runtime',
      { Annotations: { 'io.katacontainers.config.hypervisor.virtio_fs_extra_args': '["--sandbox=none"]' } },
    ],
    ['sysctls', { Sysctls: { 'net.a': '2', 'net.b': '0' } }],
    ['sysctls', { Sysctls: { 'net.a': '2' } }],
    ['IpcMode', { IpcMode: 'host' }],
    ['IpcMode', { IpcMode: 'shareable' }],
    ['PidMode', { PidMode: 'host' }],
    ['UTSMode', { UTSMode: 'host' }],
    ['UsernsMode', { UsernsMode: 'host' }],
    ['Devices', { Devices: [{ PathOnHost: '/dev/kvm' }] }],
    ['DeviceRequests', { DeviceRequests: [{ Driver: 'nvidia' }] }],
    ['PortBindings', { PortBindings: { '80/tcp': [{}] } }],
    ['ExtraHosts', { ExtraHosts: ['host:host-gateway'] }],
    ['GroupAdd', { GroupAdd: ['docker'] }],
    ['log', { LogConfig: { Type: 'json-file' } }],
    ['restart policy', { RestartPolicy: { Name: 'always' } }],
    ['init', { Init: false }],
    ['runtime', { Runtime: 'other' }],
    ['masked paths', { MaskedPaths: [] }],
    ['masked paths', { MaskedPaths: ['/proc/kcore'] }],
    ['writable /proc/sys', { ReadonlyPaths: [] }],
    ['writable places', { Tmpfs: { ...BODY.HostConfig.Tmpfs, '/opt': 'rw' } }],
    ['writable places', { Tmpfs: { '/tmp': 'rw,exec,mode=1777' } }],
  ])('readbackDifferences finds a different %s', (what, changes) => {
    const found = differences(withHost(changes));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${what}: asked for .+, the engine has .+`));
  });

  it.each([-1, 0])(
    'readbackDifferences accepts a dropped swap limit (%s) on a host without swap',
    (MemorySwap) => {
      const found = withHost({ MemorySwap });
      expect(differences(found, { ...DIALECT, hasSwap: false })).toEqual([]);
      expect(differences(found)).toHaveLength(1);
      expect(differences(withHost({ MemorySwap: 1 }), { ...DIALECT, hasSwap: false })).toHaveLength(1);
    },
  );

  it('readbackDifferences finds a volume that the image adds', () => {
    const volume = { Type: 'volume', Source: '/var/lib/docker/volumes/v', Destination: '/data', RW: true };
    expect(differences({ ...FOUND, Mounts: [...(FOUND.Mounts ?? []), volume] })).toEqual([
      'mounts: asked for ["/host/work /work rw rprivate"], the engine has ["/host/work /work rw rprivate","volume /data"]',
    ]);
  });

  it('readbackDifferences finds a read-only mount that is writable', () => {
    const body = { ...BODY, HostConfig: { ...BODY.HostConfig, Mounts: [] } };
    expect(readbackDifferences(body, FOUND, DIALECT)).toHaveLength(1);
  });

  it('readbackDifferences finds a mount through which later mounts of the host show', () => {
    const Mounts = (FOUND.Mounts ?? []).map((mount) => ({ ...mount, Propagation: 'rshared' }));
    expect(differences({ ...FOUND, Mounts })).toHaveLength(1);
  });

  it("readbackDifferences finds a health check, and accepts its absence in Docker's and Podman's form", () => {
    const withTest = (Test: string[]): Inspected => ({
      ...FOUND,
      Config: { ...FOUND.Config, Healthcheck: { Test } },
    });
    expect(differences(withTest(['NONE']))).toEqual([]);
    expect(differences(withTest(['CMD', 'curl']))[0]).toContain('health check');
  });

  it('readbackDifferences finds another user, program or terminal', () => {
    const found = {
      ...FOUND,
      Config: { ...FOUND.Config, User: '', Entrypoint: ['sh'], Cmd: ['x'], Tty: true },
    };
    expect(differences(found)).toHaveLength(4);
  });

  it('readbackDifferences accepts the name and the id of the joined container, and no other', () => {
    const body = createBody(
      { ...PLAN, network: { kind: 'joined', container: 'holder' } },
      {},
      {
        runtime: 'runc',
        isMachine: false,
        keepsInputOpen: false,
        tmpfsOwnerOptions: () => '',
        tmpfsBoundsFiles: true,
        addsTmpfsAt: [],
        openFiles: 65_536,
        userProcesses: undefined,
        tmpfsOptions: '',
        usernsMode: '',
        cgroupnsMode: 'private',
        seccompProfile: '/profile.json',
        seccompByContent: false,
        masksWholeList: true,
        ownHostnameWhenJoined: false,
      },
    );
    const dialect = { ...DIALECT, joinedId: 'abc' };
    const joined = (mode: string): string[] =>
      readbackDifferences(body, withHost({ NetworkMode: mode }), dialect);
    expect(joined('container:holder')).toEqual([]);
    expect(joined('container:abc')).toEqual([]);
    expect(joined('container:other')).toHaveLength(1);
  });

  it("readbackDifferences accepts Podman's list of resulting capabilities, and AppArmor where the daemon has it", () => {
    const podman = { ...DIALECT, listsCapabilities: true };
    const listed = withHost({ CapDrop: ['CAP_CHOWN', 'CAP_KILL'] });
    expect(differences({ ...listed, EffectiveCaps: null, BoundingCaps: [] }, podman)).toEqual([]);
    expect(differences({ ...listed, BoundingCaps: ['CAP_KILL'] }, podman)).toHaveLength(1);
    expect(
      differences({ ...FOUND, AppArmorProfile: 'docker-default' }, { ...DIALECT, appArmor: true }),
    ).toEqual([]);
    expect(differences({ ...FOUND, AppArmorProfile: '' }, { ...DIALECT, appArmor: true })).toHaveLength(1);
    expect(
      differences({ ...FOUND, AppArmorProfile: 'unconfined' }, { ...DIALECT, appArmor: true }),
    ).toHaveLength(1);
  });

  it('readbackDifferences accepts the program that Podman before 5 joins to one text, and no other', () => {
    const joined = (Args: string[], Path = '/run/podman-init'): Inspected => ({
      ...FOUND,
      Path,
      Args,
      Config: { ...FOUND.Config, Entrypoint: 'sh -c true' },
    });
    expect(differences(joined(['--', 'sh', '-c', 'true']))).toEqual([]);
    expect(differences(joined(['-c', 'true'], 'sh'))).toEqual([]);
    expect(differences(joined(['--', 'sh', '-c true']))).toHaveLength(1);
    expect(differences(joined(['--', 'sh', '-c', 'false']))).toHaveLength(1);
    expect(differences(joined(['--', 'sh', '-c', 'true'], '/opt/other'))).toHaveLength(1);
    expect(differences({ ...FOUND, Config: { ...FOUND.Config, Entrypoint: 'sh -c true' } })).toHaveLength(1);
  });

  it('readbackDifferences accepts a private IPC namespace as Podman before 4.4 names it, and no shared one', () => {
    const podman = { ...DIALECT, callsOwnIpcShareable: true };
    expect(differences(withHost({ IpcMode: 'shareable' }), podman)).toEqual([]);
    for (const IpcMode of ['host', 'container:abc', 'ns:/proc/1/ns/ipc', 'none', ''])
      expect(differences(withHost({ IpcMode }), podman)).toHaveLength(1);
  });

  it('readbackDifferences finds a closed folder that is writable', () => {
    const closed = { ...BODY.HostConfig.Tmpfs, '/run': 'ro,nosuid,nodev,noexec,size=4096,mode=0755' };
    const body = { ...BODY, HostConfig: { ...BODY.HostConfig, Tmpfs: closed } };
    const applied = (Tmpfs: object): string[] => readbackDifferences(body, withHost({ Tmpfs }), DIALECT);
    expect(applied(closed)).toEqual([]);
    expect(applied({ ...closed, '/run': closed['/run'].replace('ro,', 'rw,') })).toHaveLength(1);
    expect(applied({ ...closed, '/run': 'rw,nosuid,nodev' })).toHaveLength(1);
  });
});
