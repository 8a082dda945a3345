import type { ContainerRecord } from './containerd/client.ts';
import type { Connection } from './containerd/grpc.ts';
import type { Process, Spec } from './spec/types.ts';
import { hasFault, type Settings } from './settings.ts';
import type { Call } from './verbs/context.ts';

/** What is run instead of what was asked for, where the stand-in is told to fail. What is inspected stays what was asked for. */

const changedBy = (settings: Settings): boolean =>
  settings.faults.some(
    ({ name }) => !['hangs', 'loses-containerd', 'exec-loses-stdin', 'none-has-a-network'].includes(name),
  );

/** Gives containerd another configuration, until what it gives back is called. */
export async function applyFaults(
  { settings }: Call,
  connection: Connection,
  { id, spec }: ContainerRecord,
): Promise<() => Promise<void>> {
  if (!changedBy(settings) || spec?.value === undefined) return () => Promise.resolve();
  const update = async (value: Buffer): Promise<void> => {
    await connection.call('updateContainer', {
      container: { id, spec: { ...spec, value } },
      updateMask: { paths: ['spec'] },
    });
  };
  const changed = wrongSpec(settings, JSON.parse(spec.value.toString()) as Spec);
  await update(Buffer.from(JSON.stringify(changed)));
  return async () => await update(spec.value ?? Buffer.alloc(0));
}

const ALL =
  'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE'
    .split(' ')
    .map((name) => `CAP_${name}`);

/** The same of any program in it: one of `exec` too. */
export function wrongProcess(settings: Settings, process: Process): Process {
  return {
    ...process,
    ...(hasFault(settings, 'keeps-capabilities')
      ? { capabilities: { bounding: ALL, effective: ALL, permitted: ALL } }
      : {}),
    ...(hasFault(settings, 'forgets-no-new-privileges') ? { noNewPrivileges: false } : {}),
  };
}

function wrongSpec(settings: Settings, spec: Spec): Spec {
  spec.process = wrongProcess(settings, spec.process);
  if (hasFault(settings, 'root-stays-writable')) spec.root = { path: spec.root.path };
  if (hasFault(settings, 'forgets-resources')) {
    const { devices } = spec.linux.resources;
    spec.linux.resources = devices === undefined ? {} : { devices };
  }
  spec.mounts = spec.mounts.filter(({ destination }) => !hasFault(settings, 'drops-a-mount', destination));
  return spec;
}
