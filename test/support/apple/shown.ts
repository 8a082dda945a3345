import { valueOf, valuesOf, hasFlag, type Call } from './calls.ts';

/**
 * What `container ls --format json` shows of a container, in the shape that answers of 1.0.0, 1.2.2 and 1.4.1 have, which others
 * recorded on their Macs and published; ContainerConfiguration.swift, ProcessConfiguration.swift, Filesystem.swift of 1.2.2. It shows
 * what was asked for, also where that was not applied.
 */

export interface ImageFacts {
  readonly digest: string;
  readonly environment: readonly string[];
}

export interface Shown {
  readonly id: string;
  readonly configuration: object;
}

const MIB = 1024 ** 2;

/** Of a call of `create`. @throws Error where it is not as bot-bottle plans it */
export function shownOf(call: Call, image: ImageFacts): Shown {
  const [reference = '', ...args] = call.operands;
  const id = valueOf(call, '--name');
  const network = valueOf(call, '--network');
  const configuration = {
    id,
    image: {
      reference,
      descriptor: { digest: image.digest, mediaType: 'application/vnd.oci.image.index.v1+json', size: 1 },
    },
    initProcess: {
      executable: valueOf(call, '--entrypoint'),
      arguments: args,
      environment: [...image.environment, ...valuesOf(call, '--env')],
      rlimits: valuesOf(call, '--ulimit').map(limitOf),
      supplementalGroups: [],
      terminal: false,
      user: { id: { uid: Number(valueOf(call, '--uid')), gid: Number(valueOf(call, '--gid')) } },
      workingDirectory: valueOf(call, '--workdir'),
    },
    mounts: [...valuesOf(call, '--mount').map(tmpfsOf), ...valuesOf(call, '--volume').map(folderOf)],
    networks: network === 'none' ? [] : [{ network, options: { hostname: id, mtu: 1280 } }],
    publishedPorts: [],
    publishedSockets: valuesOf(call, '--publish-socket').map(socketOf),
    capAdd: valuesOf(call, '--cap-add').map((name) => `CAP_${name}`),
    capDrop: valuesOf(call, '--cap-drop'),
    readOnly: hasFlag(call, '--read-only'),
    resources: {
      cpus: Number(valueOf(call, '--cpus')),
      memoryInBytes: Number.parseInt(valueOf(call, '--memory'), 10) * MIB,
      cpuOverhead: 1,
    },
    labels: Object.fromEntries(valuesOf(call, '--label').map((label) => label.split('='))) as object,
    platform: { os: 'linux', architecture: 'arm64' },
    sysctls: {},
    rosetta: false,
    ssh: false,
    useInit: false,
    virtualization: false,
    runtimeHandler: 'container-runtime-linux',
  };
  return { id, configuration };
}

/** A published socket, or a mounted folder's two sides: `HOST:GUEST`. */
export function socketOf(pair: string): { readonly hostPath: string; readonly containerPath: string } {
  const [hostPath = '', containerPath = ''] = pair.split(':');
  return { hostPath, containerPath };
}

function folderOf(volume: string): object {
  const [source, destination, ...options] = volume.split(':');
  return { type: { virtiofs: {} }, source, destination, options };
}

/** The parts of `type=tmpfs,destination=PATH,size=SIZE,mode=MODE`. @throws Error where it is another mount */
export function tmpfsParts(mount: string): {
  readonly destination: string;
  readonly mib: number;
  readonly mode: string;
} {
  const [, destination, mib, mode] =
    /^type=tmpfs,destination=([^,=]+),size=(\d+)M,mode=(\d+)$/.exec(mount) ?? [];
  if (destination === undefined || mode === undefined) throw new Error(`no planned mount: ${mount}`);
  return { destination, mib: Number(mib), mode };
}

function tmpfsOf(mount: string): object {
  const { destination, mib, mode } = tmpfsParts(mount);
  return {
    type: { tmpfs: {} },
    source: 'tmpfs',
    destination,
    options: [`size=${mib * MIB}`, `mode=${mode}`],
  };
}

function limitOf(limit: string): object {
  const [, name = '', soft, hard] = /^([a-z]+)=(\d+):(\d+)$/.exec(limit) ?? [];
  return { limit: `RLIMIT_${name.toUpperCase()}`, soft: Number(soft), hard: Number(hard) };
}
