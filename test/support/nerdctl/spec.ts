import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ctr } from './ctr.ts';
import { Failure } from './failure.ts';
import type { Call } from './flags.ts';
import type { Image } from './images.ts';
import { hasFault, type Paths, type Settings } from './settings.ts';

/** Derives the OCI specification from the flags of `create` as nerdctl does, as far as the driver uses them. */

export interface Mount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** runtime-spec 1.2: config.md, config-linux.md. */
export interface Spec {
  process: {
    args: readonly string[];
    env: readonly string[];
    cwd: string;
    user: object;
    capabilities: Readonly<Record<string, readonly string[]>>;
    noNewPrivileges: boolean;
    rlimits?: unknown;
  };
  root: { path: string; readonly?: boolean };
  hostname?: string;
  mounts: readonly Mount[];
  annotations: Readonly<Record<string, string>>;
  linux: {
    cgroupsPath: string;
    namespaces: readonly { readonly type: string; readonly path?: string }[];
    resources: Readonly<Record<string, unknown>>;
  };
}

/** Returns the specification of a container. @throws Failure */
export function specOf(
  paths: Paths,
  call: Call,
  { id, image }: { readonly id: string; readonly image: Image },
): Spec {
  const spec = JSON.parse(ctr(paths, ['oci', 'spec'])) as Spec;
  const hostname = id.slice(0, 12);
  spec.process = {
    args: [call.last('entrypoint'), ...call.rest.slice(1)],
    env: [...(image.config.Env ?? []), `HOSTNAME=${hostname}`],
    cwd: call.last('workdir') || '/',
    user: { uid: 0, gid: 0, additionalGids: [0] },
    capabilities: capabilitiesOf(call, spec),
    noNewPrivileges: call.all('security-opt').includes('no-new-privileges'),
  };
  spec.root = { path: image.rootfs, ...(call.all('read-only').length > 0 ? { readonly: true } : {}) };
  spec.hostname = hostname;
  spec.mounts = mountsOf(paths, call, { id, image, hostname, usual: spec.mounts });
  // The stand-in for Kata's shim brings the loopback up if it sees this (../kata/runtime.pl).
  spec.annotations = { 'nerdctl/name': call.last('name'), 'nerdctl/networks': '["none"]' };
  const { namespaces } = spec.linux;
  spec.linux = {
    ...spec.linux,
    cgroupsPath: `/default/${id}`,
    namespaces: call.last('cgroupns') === 'private' ? [...namespaces, { type: 'cgroup' }] : namespaces,
    resources: resourcesOf(call),
  };
  return spec;
}

/** pkg/cmd/container/run_security_linux.go: capabilities are never inheritable or ambient. */
function capabilitiesOf(call: Call, { process }: Spec): Spec['process']['capabilities'] {
  const usual = call.all('cap-drop').includes('ALL') ? [] : (process.capabilities['bounding'] ?? []);
  const held = [...usual, ...call.all('cap-add').map((name) => `CAP_${name}`)];
  return { bounding: held, effective: held, permitted: held };
}

/** pkg/cmd/container/run_cgroup_linux.go. Without --memory-swap, there is as much swap as memory. */
function resourcesOf(call: Call): Spec['linux']['resources'] {
  const limit = Number(call.last('memory'));
  const swap = call.all('memory-swap').length > 0 ? Number(call.last('memory-swap')) : 2 * limit;
  const period = 100_000;
  return {
    devices: [{ allow: false, access: 'rwm' }, ...DEVICES],
    memory: { limit, swap },
    cpu: { quota: Math.trunc(Number(call.last('cpus')) * period), period },
    pids: { limit: Number(call.last('pids-limit')) },
  };
}

/** containerd's oci.WithDefaultUnixDevices: null, random, full, tty, zero, urandom, console, ptmx, and all of /dev/pts. */
const DEVICES = ['1:3', '1:8', '1:7', '5:0', '1:5', '1:9', '5:1', '5:2', '136:']
  .map((text) => text.split(':').map((part) => (part === '' ? undefined : Number(part))))
  .map(([major, minor]) => ({ allow: true, type: 'c', major, minor, access: 'rwm' }));

interface MountFacts {
  readonly id: string;
  readonly image: Image;
  readonly hostname: string;
  readonly usual: readonly Mount[];
}

function mountsOf(paths: Paths, call: Call, { id, image, hostname, usual }: MountFacts): readonly Mount[] {
  const dir = join(paths.dir, 'data', id);
  const asked = [...call.all('tmpfs').map(tmpfsMount), ...call.all('mount').map(bindMount)];
  const file = (path: string, content: string): Mount => {
    const source = join(dir, path.slice('/etc/'.length));
    writeFileSync(source, content);
    return { destination: path, type: 'bind', source, options: ['bind', 'rprivate'] };
  };
  mkdirSync(dir, { recursive: true });
  const isAsked = (path: string): boolean => asked.some(({ destination }) => destination === path);
  const volumes = Object.keys(image.config.Volumes ?? {})
    .filter((path) => !isAsked(path))
    .map((destination, index) => {
      const source = join(dir, `volume-${index}`);
      mkdirSync(source);
      return { destination, type: 'none', source, options: ['rbind'] };
    });
  const ofHost = ['/etc/hosts', '/etc/resolv.conf']
    .filter((path) => !isAsked(path))
    .map((path) => file(path, ''));
  const cgroup = { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup' };
  const kept = [
    ...usual.filter(({ destination }) => destination !== '/run'),
    { ...cgroup, options: ['ro', 'nosuid', 'noexec', 'nodev'] },
  ].filter(({ destination }) => !isAsked(destination));
  const depth = ({ destination }: Mount): number => destination.split('/').length;
  return [
    ...[...kept, ...asked, ...volumes].sort((one, other) => depth(one) - depth(other)),
    ...ofHost,
    // Mounted over any other mount there (pkg/containerutil/container_network_manager.go).
    file('/etc/hostname', `${hostname}\n`),
  ];
}

/** The last option of a kind wins (moby/sys/mount: MergeTmpfsOptions). */
function tmpfsMount(text: string): Mount {
  const [destination = '', options = ''] = text.split(':');
  const given = options.split(',').filter(Boolean);
  const first = ['noexec', 'nosuid', 'nodev'].filter((name) => name !== 'noexec' || !given.includes('exec'));
  return { destination, type: 'tmpfs', source: 'tmpfs', options: [...first, ...given] };
}

/** @throws Failure */
function bindMount(text: string): Mount {
  const fields = Object.fromEntries(
    text.split(',').map((field) => {
      const [name = '', ...value] = field.split('=');
      return [name, value.join('=')];
    }),
  );
  const { source = '', target: destination = '' } = fields;
  if (!existsSync(source))
    throw new Failure(`failed to stat source path ${source}: no such file or directory`);
  const isReadOnly = 'readonly' in fields;
  const isWhole = fields['bind-nonrecursive'] !== 'true';
  const options = [
    isWhole ? 'rbind' : 'bind',
    ...(isReadOnly ? ['ro'] : []),
    fields['bind-propagation'] ?? '',
  ];
  return { destination, type: 'bind', source, options: options.filter(Boolean) };
}

/** Returns the specification that containerd gets instead if the settings have faults. Pure. */
export function wrongSpec(settings: Settings, spec: Spec, usual: Spec['process']['capabilities']): Spec {
  const has = (name: Settings['faults'][number]['name'], at?: string): boolean =>
    hasFault(settings, name, at);
  return {
    ...spec,
    process: { ...spec.process, ...(has('keeps-capabilities') ? { capabilities: usual } : {}) },
    root: has('root-stays-writable') ? { path: spec.root.path } : spec.root,
    mounts: spec.mounts.filter(({ destination }) => !has('drops-a-mount', destination)),
  };
}
