import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where containerd and its other client are. */
export interface Containerd {
  readonly socketPath: string;
  /** The stand-in's folder: what was found before is kept in it. */
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
}

// containerd's own (pkg/oci: defaultUnixCaps).
const DEFAULT_CAPABILITIES =
  'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE'
    .split(' ')
    .map((name) => `CAP_${name}`);
const NAMESPACE = 'default-seccomp';

/**
 * containerd's own profile (contrib/seccomp: DefaultProfile), which is of these capabilities: its library makes it, and `ctr` has
 * that library, so it makes a container of which only this is read.
 */
export function defaultSeccomp(
  { socketPath, dir, env }: Containerd,
  capabilities: readonly string[],
): unknown {
  const key = createHash('sha256').update(capabilities.toSorted().join(' ')).digest('hex');
  const path = join(dir, 'seccomp', `${key}.json`);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch {
    // not asked for yet
  }
  const id = `seccomp-${randomBytes(16).toString('hex')}`;
  const ctr = (...args: readonly string[]): string =>
    execFileSync('ctr', ['--address', socketPath, '--namespace', NAMESPACE, 'containers', ...args], {
      encoding: 'utf8',
      env,
    });
  const dropped = DEFAULT_CAPABILITIES.filter((name) => !capabilities.includes(name));
  const added = capabilities.filter((name) => !DEFAULT_CAPABILITIES.includes(name));
  ctr(
    'create',
    '--rootfs',
    '--seccomp',
    ...dropped.flatMap((name) => ['--cap-drop', name]),
    ...added.flatMap((name) => ['--cap-add', name]),
    dir,
    id,
  );
  const spec = JSON.parse(ctr('info', '--spec', id)) as { readonly linux: { readonly seccomp: unknown } };
  ctr('rm', id);
  mkdirSync(join(dir, 'seccomp'), { recursive: true });
  writeFileSync(`${path}.${id}`, JSON.stringify(spec.linux.seccomp));
  renameSync(`${path}.${id}`, path);
  return spec.linux.seccomp;
}
