import { at, list, number, parse, text, texts, type Json } from '../../attached/json.ts';

/**
 * Parses the output of `container inspect` and `container ls --format json` about containers, in all of its shapes:
 * before 1.0 `{status: "running", networks, configuration}`; from 1.0 `{status: {state, networks}, configuration}`
 * (ManagedContainer.swift); before 1.0 a missing id gives `[]` and exit code 0. Pure.
 */

export interface SeenMount {
  readonly source: string;
  readonly destination: string;
  readonly isTmpfs: boolean;
  readonly options: readonly string[];
}

export interface SeenContainer {
  readonly id: string;
  /** `unknown`, `stopped`, `running`, `stopping`. */
  readonly state: string;
  readonly mounts: readonly SeenMount[];
  /** The digest of the image that it was made from. */
  readonly imageDigest: string | undefined;
  /** The variables of its first program, and of all programs started beside it: `NAME=value`. */
  readonly environment: readonly string[] | undefined;
  /** Ports of the host that lead into it, as the client prints them. */
  readonly ports: readonly string[];
  /** The networks that it was asked to join, and those that it is attached to. */
  readonly networks: readonly string[];
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly readOnly: boolean;
  readonly cpus: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly command: readonly string[];
  /** `UID:GID`, or the user's name. */
  readonly user: string | undefined;
  readonly limits: Readonly<Record<string, number>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly sockets: readonly { readonly hostPath: string; readonly guestPath: string }[];
  /** The SSH agent of the host's user is forwarded. */
  readonly ssh: boolean;
  readonly virtualization: boolean;
}

/** All containers of an answer; undefined if it is no list, or a container has no id. */
export function containersIn(said: string): readonly SeenContainer[] | undefined {
  const all = parse(said);
  if (!Array.isArray(all)) return undefined;
  const seen = all.map(containerOf);
  return seen.some((one) => one === undefined) ? undefined : seen.flatMap((one) => one ?? []);
}

function containerOf(value: Json): SeenContainer | undefined {
  const config = at(value, 'configuration');
  const id = text(at(value, 'id')) ?? text(at(config, 'id'));
  if (id === undefined) return undefined;
  const status = at(value, 'status');
  const init = at(config, 'initProcess');
  return {
    id,
    state: text(status) ?? text(at(status, 'state')) ?? 'unknown',
    mounts: list(at(config, 'mounts')).flatMap((one) => mountOf(one) ?? []),
    imageDigest: text(at(config, 'image', 'descriptor', 'digest')),
    environment: environmentOf(at(init, 'environment')),
    ports: portsOf(at(config, 'publishedPorts')),
    networks: networksOf(value),
    capAdd: texts(at(config, 'capAdd')).map(plainName),
    capDrop: texts(at(config, 'capDrop')).map(plainName),
    readOnly: at(config, 'readOnly') === true,
    cpus: number(at(config, 'resources', 'cpus')),
    memoryBytes: number(at(config, 'resources', 'memoryInBytes')),
    command: [text(at(init, 'executable')) ?? '', ...texts(at(init, 'arguments'))],
    user: userOf(at(init, 'user')),
    limits: limitsOf(at(init, 'rlimits')),
    labels: labelsOf(at(config, 'labels')),
    sockets: list(at(config, 'publishedSockets')).flatMap((one) => socketOf(one) ?? []),
    ssh: at(config, 'ssh') === true,
    virtualization: at(config, 'virtualization') === true,
  };
}

const plainName = (capability: string): string => capability.replace(/^CAP_/, '');

const UNKNOWN = '?';

function networksOf(value: Json): readonly string[] {
  const configured = at(value, 'configuration', 'networks');
  // A missing value does not mean none.
  const asked = Array.isArray(configured) ? list(configured) : [UNKNOWN];
  const has = [...list(at(value, 'networks')), ...list(at(value, 'status', 'networks'))];
  const names = [...asked, ...has].map(
    (one) => text(one) ?? text(at(one, 'network')) ?? text(at(one, 'id')) ?? UNKNOWN,
  );
  return [...new Set(names)];
}

/** A value that is missing, in whole or in part, does not mean none. */
function environmentOf(value: Json): readonly string[] | undefined {
  const all = texts(value);
  return Array.isArray(value) && all.length === value.length ? all : undefined;
}

/** A missing value does not mean none. */
const portsOf = (value: Json): readonly string[] =>
  Array.isArray(value) ? list(value).map((one) => JSON.stringify(one)) : [UNKNOWN];

function mountOf(value: Json): SeenMount | undefined {
  const destination = text(at(value, 'destination'));
  if (destination === undefined) return undefined;
  const type = at(value, 'type');
  return {
    destination,
    source: text(at(value, 'source')) ?? '',
    isTmpfs: type === 'tmpfs' || at(type, 'tmpfs') !== undefined,
    options: texts(at(value, 'options')),
  };
}

function userOf(value: Json): string | undefined {
  const [uid, gid] = [at(value, 'id', 'uid'), at(value, 'id', 'gid')];
  if (typeof uid === 'number' && typeof gid === 'number') return `${uid}:${gid}`;
  return text(at(value, 'raw', 'userString'));
}

function limitsOf(value: Json): Readonly<Record<string, number>> {
  return Object.fromEntries(
    list(value).flatMap((one) => {
      const [name, hard] = [text(at(one, 'limit')), number(at(one, 'hard'))];
      return name === undefined || hard === undefined
        ? []
        : [[name.replace(/^RLIMIT_/, '').toLowerCase(), hard]];
    }),
  );
}

function labelsOf(value: Json): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => (typeof one === 'string' ? [[name, one]] : [])),
  );
}

/** A path is a text, or a URL that begins with `file://`. */
function socketOf(value: Json): { hostPath: string; guestPath: string } | undefined {
  const [hostPath, guestPath] = [at(value, 'hostPath'), at(value, 'containerPath')].map((one) =>
    text(one)?.replace(/^file:\/\//, ''),
  );
  return hostPath === undefined || guestPath === undefined ? undefined : { hostPath, guestPath };
}
