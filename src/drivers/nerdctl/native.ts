import { at, list, number, parse, text, texts, type Json } from '../attached/json.ts';

/**
 * Parses the output of `nerdctl container inspect --mode=native`: containerd's own record, with the OCI specification
 * that the runtime executes (pkg/inspecttypes/native/container.go; runtime-spec 1.2, config.md and config-linux.md).
 * Pure.
 */

export interface SeenMount {
  readonly type: string;
  readonly source: string;
  readonly destination: string;
  readonly options: readonly string[];
}

export interface SeenContainer {
  /** 64 hexadecimal digits; the shim's arguments contain it. */
  readonly id: string;
  readonly labels: Readonly<Record<string, Json>>;
  readonly image: string | undefined;
  readonly runtime: string | undefined;
  /** Undefined if there is no task: the container was not started, or has ended and is forgotten. */
  readonly process: { readonly pid: number; readonly status: string | undefined } | undefined;
  readonly args: readonly string[];
  readonly environment: readonly string[] | undefined;
  readonly user: string;
  readonly cwd: string | undefined;
  readonly terminal: boolean;
  readonly noNewPrivileges: boolean;
  /** The capabilities of each set, sorted, without `CAP_`. */
  readonly capabilities: Readonly<Record<CapabilitySet, readonly string[]>>;
  readonly isRootReadOnly: boolean;
  readonly mounts: readonly SeenMount[];
  /** By kind: the path of a shared namespace; empty for a new one. */
  readonly namespaces: Readonly<Record<string, string>>;
  readonly resources: {
    readonly memoryBytes: number | undefined;
    readonly memoryAndSwapBytes: number | undefined;
    readonly pids: number | undefined;
    readonly cpus: number | undefined;
  };
  readonly devices: readonly string[];
  readonly maskedPaths: readonly string[];
  readonly annotations: readonly string[];
  /** Programs that the runtime starts on the host. */
  readonly hooks: readonly string[];
}

export const CAPABILITY_SETS = ['bounding', 'effective', 'permitted', 'inheritable', 'ambient'] as const;
export type CapabilitySet = (typeof CAPABILITY_SETS)[number];

/** The one container in the output; undefined if the text is not that. */
export function containerIn(said: string): SeenContainer | undefined {
  const [shown, ...more] = list(parse(said));
  const id = text(at(shown, 'ID'));
  const spec = at(shown, 'Spec');
  if (id === undefined || more.length > 0 || at(spec, 'process') === undefined) return undefined;
  const pid = number(at(shown, 'Process', 'Pid'));
  const user = at(spec, 'process', 'user');
  return {
    id,
    labels: recordOf(at(shown, 'Labels')),
    image: text(at(shown, 'Image')),
    runtime: text(at(shown, 'Runtime', 'Name')),
    process: pid === undefined ? undefined : { pid, status: text(at(shown, 'Process', 'Status', 'Status')) },
    args: texts(at(spec, 'process', 'args')),
    environment: environmentIn(at(spec, 'process', 'env')),
    user: [number(at(user, 'uid')) ?? 0, number(at(user, 'gid')) ?? 0].join(':'),
    cwd: text(at(spec, 'process', 'cwd')),
    terminal: at(spec, 'process', 'terminal') === true,
    noNewPrivileges: at(spec, 'process', 'noNewPrivileges') === true,
    capabilities: capabilitiesIn(at(spec, 'process', 'capabilities')),
    isRootReadOnly: at(spec, 'root', 'readonly') === true,
    mounts: list(at(spec, 'mounts')).map(mountIn),
    namespaces: namespacesIn(at(spec, 'linux', 'namespaces')),
    resources: resourcesIn(at(spec, 'linux', 'resources')),
    devices: list(at(spec, 'linux', 'devices')).map(
      (device) => text(at(device, 'path')) ?? 'one without a path',
    ),
    maskedPaths: texts(at(spec, 'linux', 'maskedPaths')),
    annotations: Object.keys(recordOf(at(spec, 'annotations'))),
    hooks: Object.values(recordOf(at(spec, 'hooks'))).flatMap((hooks) =>
      list(hooks).map((hook) => text(at(hook, 'path')) ?? 'one without a path'),
    ),
  };
}

const recordOf = (value: Json): Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, Json>>) : {};

const environmentIn = (value: Json): readonly string[] | undefined =>
  Array.isArray(value) ? texts(value) : undefined;

/** A missing set counts as empty. */
function capabilitiesIn(value: Json): SeenContainer['capabilities'] {
  const of = (set: CapabilitySet): readonly string[] =>
    texts(at(value, set))
      .map((name) => name.replace(/^CAP_/, ''))
      .sort();
  return Object.fromEntries(CAPABILITY_SETS.map((set) => [set, of(set)])) as SeenContainer['capabilities'];
}

const mountIn = (value: Json): SeenMount => ({
  type: text(at(value, 'type')) ?? '',
  source: text(at(value, 'source')) ?? '',
  destination: text(at(value, 'destination')) ?? '',
  options: texts(at(value, 'options')),
});

const namespacesIn = (value: Json): Readonly<Record<string, string>> =>
  Object.fromEntries(list(value).map((one) => [text(at(one, 'type')) ?? '', text(at(one, 'path')) ?? '']));

function resourcesIn(value: Json): SeenContainer['resources'] {
  const [quota, period] = ['quota', 'period'].map((name) => number(at(value, 'cpu', name)));
  return {
    memoryBytes: number(at(value, 'memory', 'limit')),
    memoryAndSwapBytes: number(at(value, 'memory', 'swap')),
    pids: number(at(value, 'pids', 'limit')),
    cpus: quota === undefined || period === undefined ? undefined : quota / period,
  };
}
