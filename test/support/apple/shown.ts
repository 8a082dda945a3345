import { valueOf, valuesOf, hasFlag, type Call } from './calls.ts';

/**
 * The output of `container ls --format json` for a container, in the shape of answers of 1.0.0, 1.2.2 and 1.4.1 that
 * others recorded on their Macs and published; ContainerConfiguration.swift, ProcessConfiguration.swift,
 * Filesystem.swift of 1.2.2. It shows the requested settings, even those that were not applied.
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

/** Returns the output for a call of `create`. @throws Error if bot-bottle does not plan such a call */
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

/** Splits `HOST:GUEST`: a published socket, or both sides of a mounted folder. */
export function socketOf(pair: string): { readonly hostPath: string; readonly containerPath: string } {
  const [hostPath = '', containerPath = ''] = pair.split(':');
  return { hostPath, containerPath };
}

function folderOf(volume: string): object {
  const [source, destination, ...options] = volume.split(':');
  return { type: { virtiofs: {} }, source, destination, options };
}

/** Parses `type=tmpfs,destination=PATH,size=SIZE,mode=MODE`. @throws Error for any other mount */
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
