import { BottleError } from '../../errors.ts';
import { expectPlainEnvironment } from '../attached/environment.ts';
import type { Tmpfs } from '../attached/machine.ts';
import { findContainer } from './cli.ts';
import type { SeenContainer, SeenMount } from './json/container.ts';
import { MIB, type ContainerOrder, type Folder } from './plan.ts';

/** Checks whether a container matches its order, by the report of Apple's `container`. */

/**
 * Reads the container back. `imageDigest`: the digest of its image's reference before the container was made.
 * @throws BottleError `rungUnavailable` on any difference, `manifest` if its image sets variables that bot-bottle's
 * programs in it obey
 */
export async function confirmContainer(
  order: ContainerOrder,
  imageDigest: string,
  signal: AbortSignal,
): Promise<void> {
  const seen = await findContainer(order.name, { signal });
  if (seen !== undefined) expectPlainEnvironment(order.argv, seen.environment ?? []);
  const differences = seen === undefined ? ['it is not there'] : differencesOf(order, imageDigest, seen);
  if (differences.length === 0) return;
  throw new BottleError('rungUnavailable', 'Apple’s container did not apply the requested settings', {
    details: differences.map((difference) => `${order.name}: ${difference}`),
    fix: 'bot-bottle doctor',
  });
}

/** The differences from the order; empty if there are none. A missing value counts as not applied. Pure. */
export function differencesOf(
  order: ContainerOrder,
  imageDigest: string,
  seen: SeenContainer,
): readonly string[] {
  const { uid, gid } = order.owner;
  const values: readonly (readonly [string, unknown, unknown])[] = [
    ['image', seen.imageDigest, imageDigest],
    ['published ports', seen.ports, []],
    ['networks', seen.networks, order.network === 'none' ? [] : ['default']],
    ['added capabilities', sorted(seen.capAdd), sorted(order.capabilities)],
    ['dropped capabilities', seen.capDrop, ['ALL']],
    ['a read-only root', seen.readOnly, order.readOnly],
    ['processors', seen.cpus, order.cpus],
    ['memory', seen.memoryBytes, Math.ceil(order.memoryBytes / MIB) * MIB],
    ['processes', seen.limits['nproc'], order.processes],
    ['user', seen.user, `${uid}:${gid}`],
    ['command', seen.command, order.argv],
    ['published sockets', seen.sockets.map(pathsOf).sort(), order.publishedSockets.map(pathsOf).sort()],
    ['the host’s SSH agent', seen.ssh, false],
    ['virtualization in it', seen.virtualization, false],
  ];
  return [
    ...values.flatMap(([what, is, wanted]) =>
      JSON.stringify(is) === JSON.stringify(wanted)
        ? []
        : [`${what}: ${JSON.stringify(is) ?? 'not said'}, not ${JSON.stringify(wanted)}`],
    ),
    ...variableDifferences(order, seen.environment),
    ...mountDifferences(order, seen.mounts),
  ];
}

/** Each variable must be set once, to its planned value: programs differ in which of two values they use. */
function variableDifferences(
  { env }: ContainerOrder,
  environment: readonly string[] | undefined,
): readonly string[] {
  if (environment === undefined) return ['variables: not said'];
  return Object.entries(env).flatMap(([name, value]) => {
    const found = environment.filter((one) => one.startsWith(`${name}=`));
    return found.length === 1 && found[0] === `${name}=${value}`
      ? []
      : [`the variable ${name} is not as it was set`];
  });
}

const sorted = (names: readonly string[]): readonly string[] => names.toSorted();
const pathsOf = (pair: { readonly hostPath: string; readonly guestPath: string }): string =>
  `${real(pair.hostPath)} ${pair.guestPath}`;

/** macOS reports /private/tmp and /private/var for /tmp and /var. */
const real = (path: string): string => path.replace(/^\/private(?=\/(?:tmp|var)\b)/, '');

function mountDifferences(order: ContainerOrder, seen: readonly SeenMount[]): readonly string[] {
  const sockets = order.mountedSockets.map((pair) => ({ ...pair, readOnly: false }));
  const wanted = [...order.scratch.map(describeTmpfs), ...[...order.mounts, ...sockets].map(describeFolder)];
  const found = seen.map(describeSeen);
  return [
    ...wanted.filter((one) => !found.includes(one)).map((one) => `not mounted: ${one}`),
    ...found.filter((one) => !wanted.includes(one)).map((one) => `mounted besides: ${one}`),
  ];
}

const describeTmpfs = ({ guestPath, sizeBytes, mode }: Tmpfs): string =>
  `tmpfs on ${guestPath}, ${Math.max(1, Math.floor(sizeBytes / MIB)) * MIB} bytes, mode ${mode}`;

const describeFolder = ({ hostPath, guestPath, readOnly }: Folder): string =>
  `${real(hostPath)} on ${guestPath}${readOnly ? ', read-only' : ''}`;

function describeSeen({ source, destination, isTmpfs, options }: SeenMount): string {
  const value = (name: string): string | undefined =>
    options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
  return isTmpfs
    ? `tmpfs on ${destination}, ${value('size') ?? 'any number of'} bytes, mode ${value('mode') ?? 'of any kind'}`
    : `${real(source)} on ${destination}${options.includes('ro') ? ', read-only' : ''}`;
}
