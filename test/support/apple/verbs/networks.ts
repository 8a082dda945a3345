import { Failure } from '../failure.ts';
import { isAtLeast } from '../settings.ts';
import { allContainers } from '../store/containers.ts';
import {
  allNetworks,
  DEFAULT_NETWORK,
  gatewayOf,
  NO_NETWORK,
  subnetOf,
  thirdOf,
  writeNetworks,
  type Network,
} from '../store/networks.ts';
import { split } from '../values/values.ts';
import { complain, say, type Call } from './context.ts';
import { encoded } from './shapes.ts';

/** `network create`, `list`, `inspect` and `delete`: macOS 26 only. */

/** NetworkResource.nameValid of 1.2.2. */
const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/;

export function createNetwork({ flags, place }: Call): number {
  const [id = ''] = flags.positional;
  if (!NAME.test(id) || id === NO_NETWORK)
    throw new Failure('invalidArgument', `invalid network name: ${id}`);
  const networks = allNetworks(place);
  if (networks.some((network) => network.id === id))
    throw new Failure('exists', `network ${id} already exists`);
  if (flags.has('--subnet') || flags.has('--subnet-v6'))
    throw new Failure('unsupported', 'subnets of one’s own choice are not imitated by this stand-in');
  const labels = Object.fromEntries(
    flags.values('--label').map((text) => {
      const [key = text, value = ''] = split(text, '=', 1);
      return [key, value];
    }),
  );
  const mode = flags.has('--internal') ? 'hostOnly' : 'nat';
  const network: Network = {
    id,
    mode,
    labels,
    creationDate: new Date().toISOString(),
    third: thirdOf(place, networks),
  };
  writeNetworks(place, [...networks, network]);
  say(id);
  return 0;
}

/** One, in the shape of the version. */
function shown(network: Network, version: string): object {
  const { id, mode, labels, creationDate } = network;
  const isBuiltin = id === DEFAULT_NETWORK;
  const own = isBuiltin ? { ...labels, 'com.apple.container.resource.role': 'builtin' } : labels;
  const status = { ipv4Subnet: subnetOf(network), ipv4Gateway: gatewayOf(network) };
  if (isAtLeast(version, '1.0.0'))
    return { id, configuration: { name: id, mode, labels: own, creationDate }, status };
  const { ipv4Subnet: address, ipv4Gateway: gateway } = status;
  return { id, state: 'running', config: { id, mode, labels: own }, status: { address, gateway } };
}

export function listNetworks({ flags, place, settings }: Call): number {
  const networks = allNetworks(place);
  if (flags.value('--format') === 'json')
    say(
      encoded(
        networks.map((network) => shown(network, settings.version)),
        settings.version,
      ),
    );
  else if (flags.has('--quiet')) for (const { id } of networks) say(id);
  else
    for (const row of [
      'NETWORK  STATE  SUBNET',
      ...networks.map((network) => `${network.id}  running  ${subnetOf(network)}`),
    ])
      say(row);
  return 0;
}

export function inspectNetworks({ flags, place, settings }: Call): number {
  const networks = allNetworks(place);
  const found = flags.rest.flatMap((id) => {
    const network = networks.find((each) => each.id === id);
    if (network === undefined && isAtLeast(settings.version, '1.0.0'))
      throw new Failure('notFound', `network not found: ${id}`);
    return network ?? [];
  });
  say(
    encoded(
      found.map((network) => shown(network, settings.version)),
      settings.version,
      true,
    ),
  );
  return 0;
}

/** Refused while a container refers to one, whether it runs or not. */
export function deleteNetworks({ flags, place }: Call): number {
  const networks = allNetworks(place);
  if (flags.rest.length === 0 && !flags.has('--all'))
    throw new Failure('invalidArgument', 'no networks specified and --all not supplied');
  const ids = flags.has('--all')
    ? networks.map(({ id }) => id).filter((id) => id !== DEFAULT_NETWORK)
    : flags.rest;
  if (ids.includes(DEFAULT_NETWORK))
    throw new Failure('invalidArgument', 'cannot delete the default network');
  const missing = ids.filter((id) => !networks.some((network) => network.id === id));
  if (missing.length > 0)
    throw new Failure('notFound', `failed to delete one or more networks: ${JSON.stringify(missing)}`);
  const failed = ids.filter((id) => {
    const users = allContainers(place).filter(({ configuration }) =>
      configuration.networks.some(({ network }) => network === id),
    );
    if (users.length === 0) return false;
    complain(
      `failed to delete network ${id}: invalidState: "cannot delete subnet ${id} with referring containers: ${users.map((each) => each.id).join(', ')}"`,
    );
    return true;
  });
  writeNetworks(
    place,
    networks.filter(({ id }) => !ids.includes(id) || failed.includes(id)),
  );
  for (const id of ids) if (!failed.includes(id)) say(id);
  if (failed.length > 0)
    throw new Failure('internalError', `delete failed for one or more networks: ${JSON.stringify(failed)}`);
  return 0;
}
