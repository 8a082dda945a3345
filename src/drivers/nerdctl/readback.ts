import { BottleError } from '../../errors.ts';
import { usersWith } from '../../host/system/host-users.ts';
import { expectPlainEnvironment } from '../attached/environment.ts';
import { findDigest } from '../attached/image/store.ts';
import { agentOwner } from '../../host/user.ts';
import { findContainer } from './cli.ts';
import { isOwnHostname } from './etc.ts';
import { IMAGES } from './images.ts';
import { BOTTLE_LABEL } from './names.ts';
import { CAPABILITY_SETS, type SeenContainer, type SeenMount } from './native.ts';
import type { MachineOrder } from './plan.ts';

/** Checks whether a machine matches its order, by containerd's record of it. */

/**
 * Reads the machine back.
 * @throws BottleError `rungUnavailable` on any difference, `manifest` if its image sets variables that bot-bottle's
 * programs in it obey
 */
export async function confirmMachine(order: MachineOrder, signal: AbortSignal): Promise<void> {
  const seen = await findContainer(order.name, { signal });
  if (seen !== undefined) expectPlainEnvironment(order.argv, seen.environment ?? []);
  const differences = seen === undefined ? ['it is not there'] : await allDifferences(order, seen, signal);
  if (differences.length === 0) return;
  throw new BottleError('rungUnavailable', 'nerdctl did not apply the requested settings', {
    details: differences.map((difference) => `${order.name}: ${difference}`),
    fix: 'bot-bottle doctor',
  });
}

/**
 * All differences, including two that need calls: the current digest of the image, which the record has by its full
 * name (`docker.io/library/NAME`); and whether a user of this host has the agent's id, who would own the files that
 * come through virtiofs.
 */
async function allDifferences(
  order: MachineOrder,
  seen: SeenContainer,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const digest = seen.image === undefined ? undefined : await findDigest(IMAGES, seen.image, signal);
  const ofImage =
    digest === order.imageDigest
      ? []
      : [`image: ${seen.image ?? 'not said'}, which is ${digest ?? 'none'}, not ${order.imageDigest}`];
  return [...ofImage, ...differencesOf(order, seen), ...(await usersWith(agentOwner()))];
}

/**
 * The differences from the order, except the image; empty if there are none. A missing value counts as not applied.
 * Pure.
 */
export function differencesOf(order: MachineOrder, seen: SeenContainer): readonly string[] {
  const { memoryBytes, pids, cpus } = order;
  const capabilities = order.capabilities.toSorted();
  const values: readonly (readonly [string, unknown, unknown])[] = [
    ['bottle', seen.labels[BOTTLE_LABEL], order.bottleId],
    ['labels that others than people obey', labelsBesides(seen), []],
    ['runtime', seen.runtime, order.runtime],
    ['command', seen.args, order.argv],
    ['user', seen.user, '0:0'],
    ['working folder', seen.cwd, '/'],
    ['a terminal', seen.terminal, false],
    ['no new privileges', seen.noNewPrivileges, true],
    ...CAPABILITY_SETS.map(
      (set) => [`${set} capabilities`, seen.capabilities[set], isHeld(set) ? capabilities : []] as const,
    ),
    ['a read-only root', seen.isRootReadOnly, true],
    ['namespaces', Object.entries(seen.namespaces).toSorted(([a], [b]) => (a < b ? -1 : 1)), OWN_NAMESPACES],
    ['memory', seen.resources.memoryBytes, memoryBytes],
    ['memory and swap', seen.resources.memoryAndSwapBytes, memoryBytes],
    ['processes', seen.resources.pids, pids],
    // In whole microseconds of a period of 100 ms: pkg/cmd/container/run_cgroup_linux.go.
    ['processors', seen.resources.cpus, Math.trunc(cpus * 100_000) / 100_000],
    ['devices of the host', seen.devices, []],
    ['settings for Kata', seen.annotations.filter((name) => name.startsWith('io.katacontainers.')), []],
    ['programs that it starts on the host', seen.hooks.filter((path) => !OWN_HOOK.test(path)), []],
  ];
  return [
    ...values.flatMap(([what, is, wanted]) =>
      JSON.stringify(is) === JSON.stringify(wanted)
        ? []
        : [`${what}: ${JSON.stringify(is) ?? 'not said'}, not ${JSON.stringify(wanted)}`],
    ),
    ...(seen.environment === undefined ? ['variables: not said'] : []),
    ...(seen.maskedPaths.includes('/proc/kcore') ? [] : ['masked paths: not those that containerd masks']),
    ...mountDifferences(order, seen),
  ];
}

/** nerdctl itself; NixOS wraps it in a script. */
const OWN_HOOK = /\/\.?nerdctl(?:-wrapped)?$/;

/**
 * Labels that programs obey, and that bot-bottle's containers never have: pkg/labels/labels.go of nerdctl,
 * core/runtime/restart/restart.go of containerd.
 */
const OBEYED_LABELS =
  /^(?:nerdctl\/(?:pid-file|pid-container|anonymous-volumes|ports)$|containerd\.io\/restart\.(?!explicitly-stopped$))/;

const labelsBesides = ({ labels }: SeenContainer): readonly string[] =>
  Object.keys(labels).filter((label) => OBEYED_LABELS.test(label) || isHealthCheck(label, labels[label]));

/** nerdctl may record `--no-healthcheck` as a health check of the type NONE. */
const isHealthCheck = (label: string, value: unknown): boolean =>
  label === 'nerdctl/healthcheck' && !String(value).includes('"NONE"');

/**
 * Whether the order's capabilities belong in this set. The inheritable and ambient sets must be empty: a program gains
 * their capabilities by exec.
 */
const isHeld = (set: (typeof CAPABILITY_SETS)[number]): boolean =>
  set === 'bounding' || set === 'effective' || set === 'permitted';

/** Every namespace is new: none has the path of another. */
const OWN_NAMESPACES = ['cgroup', 'ipc', 'mount', 'network', 'pid', 'uts'].map((kind) => [kind, '']);

/** The mounts that containerd adds by default, with their types: pkg/oci/mounts.go, and nerdctl's own /dev/shm. */
const USUAL: Readonly<Record<string, string>> = {
  '/proc': 'proc',
  '/dev': 'tmpfs',
  '/dev/pts': 'devpts',
  '/dev/shm': 'tmpfs',
  '/dev/mqueue': 'mqueue',
  '/sys': 'sysfs',
  '/sys/fs/cgroup': 'cgroup',
  '/run': 'tmpfs',
};

function mountDifferences(order: MachineOrder, { id, mounts: seen }: SeenContainer): readonly string[] {
  const wanted = [
    ...order.scratch.map(({ guestPath, sizeBytes, mode, executable }) =>
      describeTmpfs(guestPath, { sizeBytes: String(sizeBytes), mode, executable }),
    ),
    ...order.mounts.map(({ hostPath, guestPath, readOnly }) =>
      describeBind(hostPath, guestPath, { isReadOnly: readOnly, isWhole: !readOnly }),
    ),
  ];
  const asked = new Set([...order.scratch, ...order.mounts].map(({ guestPath }) => guestPath));
  const isMeant = (one: SeenMount): boolean => isUsual(one) || isOwnHostname(one, id);
  const found = seen.filter((one) => asked.has(one.destination) || !isMeant(one)).map(describeSeen);
  return [
    ...wanted.filter((one) => !found.includes(one)).map((one) => `not mounted: ${one}`),
    ...found.filter((one) => !wanted.includes(one)).map((one) => `mounted besides: ${one}`),
    ...seen
      .filter(({ destination, options }) => destination.startsWith('/sys') && !options.includes('ro'))
      .map(({ destination }) => `${destination} can be written`),
  ];
}

const isUsual = ({ destination, type }: SeenMount): boolean => USUAL[destination] === type;

interface TmpfsSize {
  readonly sizeBytes: string | undefined;
  readonly mode: string | undefined;
  readonly executable: boolean;
}

const describeTmpfs = (guestPath: string, { sizeBytes, mode, executable }: TmpfsSize): string =>
  `tmpfs on ${guestPath}, ${sizeBytes ?? 'any number of'} bytes, mode ${mode ?? 'of any kind'}${executable ? '' : ', no programs'}`;

const describeBind = (
  hostPath: string,
  guestPath: string,
  { isReadOnly, isWhole }: { readonly isReadOnly: boolean; readonly isWhole: boolean },
): string =>
  `${hostPath} on ${guestPath}${isReadOnly ? ', read-only' : ''}${isWhole ? 'with the mounts below it' : ''}`;

function describeSeen({ type, source, destination, options }: SeenMount): string {
  const value = (name: string): string | undefined =>
    options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
  const safe = options.includes('nosuid') && options.includes('nodev');
  if (type === 'tmpfs') {
    const size = { sizeBytes: value('size'), mode: value('mode'), executable: !options.includes('noexec') };
    return `${describeTmpfs(destination, size)}${safe ? '' : ', with devices or set-user-ID programs'}`;
  }
  const isPrivate = options.includes('rprivate');
  const how = { isReadOnly: options.includes('ro'), isWhole: options.includes('rbind') };
  return `${describeBind(source, destination, how)}${isPrivate ? '' : ', shared with the host'}`;
}
