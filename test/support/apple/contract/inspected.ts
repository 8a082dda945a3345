import type { Engine } from './expectation.ts';

/** What a container was made with, as each engine shows it, in the same words. */

export interface Inspected {
  readonly isRunning: boolean;
  readonly label: string | undefined;
  readonly env: readonly string[];
  readonly program: readonly string[];
  readonly workdir: string;
  readonly memoryBytes: number;
  readonly isReadOnly: boolean;
  readonly capDrop: readonly string[];
  readonly hasNetwork: boolean;
  readonly shared:
    | { readonly source: string; readonly target: string; readonly isReadOnly: boolean }
    | undefined;
}

const LABEL = 'apple.contract';

/** Flags for one that shows all of that, with these words for all engines. */
export const inspectedFlags = (sharedDir: string): readonly string[] =>
  [
    ['--label', `${LABEL}=yes`, '--env', 'A=b', '--workdir', '/var', '--memory', '256m', '--read-only'],
    ['--cap-drop', 'ALL', '--network', 'none', '--volume', `${sharedDir}:/shared:ro`],
  ].flat();

/** Of engines that speak as Docker does. */
interface DockerShape {
  readonly State: { readonly Running: boolean };
  readonly Config: {
    readonly Labels: Readonly<Record<string, string>>;
    readonly Env: readonly string[];
    readonly Cmd: readonly string[];
    readonly WorkingDir: string;
  };
  readonly HostConfig: {
    readonly Memory: number;
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly NetworkMode: string;
  };
  readonly Mounts: readonly { readonly Source: string; readonly Destination: string; readonly RW: boolean }[];
}

function fromDocker({ State, Config, HostConfig, Mounts }: DockerShape): Inspected {
  const mount = Mounts.find(({ Destination }) => Destination === '/shared');
  return {
    isRunning: State.Running,
    label: Config.Labels[LABEL],
    env: Config.Env,
    program: Config.Cmd,
    workdir: Config.WorkingDir,
    memoryBytes: HostConfig.Memory,
    isReadOnly: HostConfig.ReadonlyRootfs,
    capDrop: HostConfig.CapDrop ?? [],
    hasNetwork: HostConfig.NetworkMode !== 'none',
    shared: mount && { source: mount.Source, target: mount.Destination, isReadOnly: !mount.RW },
  };
}

/** Of apple/container from 1.0 on. */
interface AppleShape {
  readonly status: { readonly state: string };
  readonly configuration: {
    readonly labels: Readonly<Record<string, string>>;
    readonly initProcess: {
      readonly environment: readonly string[];
      readonly executable: string;
      readonly arguments: readonly string[];
      readonly workingDirectory: string;
    };
    readonly resources: { readonly memoryInBytes: number };
    readonly readOnly: boolean;
    readonly capDrop: readonly string[];
    readonly networks: readonly unknown[];
    readonly mounts: readonly {
      readonly source: string;
      readonly destination: string;
      readonly options: readonly string[];
    }[];
  };
}

function fromApple({ status, configuration }: AppleShape): Inspected {
  const { initProcess, mounts } = configuration;
  const mount = mounts.find(({ destination }) => destination === '/shared');
  return {
    isRunning: status.state === 'running',
    label: configuration.labels[LABEL],
    env: initProcess.environment,
    program: [initProcess.executable, ...initProcess.arguments],
    workdir: initProcess.workingDirectory,
    memoryBytes: configuration.resources.memoryInBytes,
    isReadOnly: configuration.readOnly,
    capDrop: configuration.capDrop,
    hasNetwork: configuration.networks.length > 0,
    shared: mount && {
      source: mount.source,
      target: mount.destination,
      isReadOnly: mount.options.includes('ro'),
    },
  };
}

/** Reads what `inspect` says of one. */
export function readInspected(engine: Engine, text: string): Inspected {
  const [found] = JSON.parse(text) as readonly unknown[];
  return engine === 'container' ? fromApple(found as AppleShape) : fromDocker(found as DockerShape);
}

/** How those with the label are listed: Apple's has no filter, so what it lists is filtered here. */
export const listArguments = (engine: Engine): readonly string[] =>
  engine === 'container'
    ? ['ls', '--all', '--format', 'json']
    : ['ps', '--all', '--filter', `label=${LABEL}=yes`, '--format', '{{.Names}}'];

/** The names of those with the label. */
export function readListed(engine: Engine, text: string): readonly string[] {
  if (engine !== 'container') return text.split('\n').filter(Boolean);
  return (JSON.parse(text) as readonly (AppleShape & { readonly id: string })[])
    .filter(({ configuration }) => configuration.labels[LABEL] === 'yes')
    .map(({ id }) => id);
}
