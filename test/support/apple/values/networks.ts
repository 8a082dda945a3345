import { Failure } from '../failure.ts';
import { isAtLeast, type Settings } from '../settings.ts';
import type { NetworkAttachment } from '../store/configuration.ts';
import { DEFAULT_NETWORK, NO_NETWORK, type Network } from '../store/networks.ts';

/** `--network`, as apple/container's Parser.swift and Utility.swift (1.2.2) take and refuse it. */

export interface NetworkOrder {
  readonly id: string;
  readonly texts: readonly string[];
  readonly settings: Settings;
  readonly networks: readonly Network[];
}

/** What the container is attached to; the first has the default route. @throws Failure */
export function attachmentsOf({ id, texts, settings, networks }: NetworkOrder): NetworkAttachment[] {
  const { version, macosVersion } = settings;
  if (texts.includes(NO_NETWORK)) {
    if (texts.length > 1)
      throw new Failure('unsupported', `no other networks may be created along with network ${NO_NETWORK}`);
    if (!isAtLeast(version, '1.1.0')) throw notFound(NO_NETWORK);
    return [];
  }
  const wanted = texts.map((text) => networkOf(text));
  const isDefaultOnly = wanted.every(({ name }) => name === DEFAULT_NETWORK) && wanted.length <= 1;
  if (!isDefaultOnly && !isAtLeast(macosVersion, '26.0'))
    throw new Failure('invalidArgument', 'non-default network configuration requires macOS 26 or newer');
  if (wanted.length > 1 && !isAtLeast(version, '1.0.0'))
    throw new Failure('internalError', 'failed to add default route: File exists'); // containerization #697
  const attached = wanted.length === 0 ? [{ name: DEFAULT_NETWORK, mac: undefined, mtu: 1280 }] : wanted;
  return attached.map(({ name, mac, mtu }) => {
    if (!networks.some((network) => network.id === name)) throw notFound(name);
    return {
      network: name,
      options: { hostname: id, ...(mac === undefined ? {} : { macAddress: mac }), mtu },
    };
  });
}

const notFound = (name: string): Failure => new Failure('notFound', `network ${name} not found`);

interface Wanted {
  readonly name: string;
  readonly mac: string | undefined;
  readonly mtu: number;
}

function networkOf(text: string): Wanted {
  if (text === '') throw refused('network specification cannot be empty');
  const [name = '', ...properties] = text.split(',');
  if (name === '') throw refused('network name cannot be empty');
  let found: Wanted = { name, mac: undefined, mtu: 1280 };
  for (const property of properties) {
    const [key, value, more] = property.split('=');
    if (value === undefined || more !== undefined)
      throw refused(`invalid property format '${property}' in network specification '${text}'`);
    if (key === 'mac') found = { ...found, mac: checkedMac(value) };
    else if (key === 'mtu') found = { ...found, mtu: checkedMtu(value) };
    else throw refused(`unknown network property '${key}'. Available properties: mac, mtu`);
  }
  return found;
}

function checkedMac(text: string): string {
  if (text === '') throw refused('mac address value cannot be empty');
  if (!/^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$/.test(text))
    throw refused(`invalid MAC address format ${text}, expected format: XX:XX:XX:XX:XX:XX`);
  return text;
}

function checkedMtu(text: string): number {
  const mtu = Number(text);
  if (!/^\d+$/.test(text) || mtu < 1280 || mtu > 65_535)
    throw refused(`invalid mtu value '${text}': must be between 1280 and 65535`);
  return mtu;
}

const refused = (message: string): Failure => new Failure('invalidArgument', message);
