import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { hasFault, type Place, type Settings } from '../settings.ts';
import type { NetworkAttachment } from '../store/configuration.ts';
import { read, write, type Attachment, type Container } from '../store/containers.ts';
import { allNetworks, bridgeOf, gatewayOf, subnetOf, type Network } from '../store/networks.ts';

/**
 * The networks of a machine: for each a bridge of this host, whose own address is the `.1` that is the Mac with the real one, and a
 * pair of interfaces that ends with the machine. A NAT network leads out; a host-only one to this host and to what is on it.
 */

export interface JoinedNetwork extends Attachment {
  /** What the OCI runtime runs before the first process, with the state of the container on its standard input. */
  readonly hook: object;
}

/** What is known of one that a machine is on, in its folder. */
interface Joined {
  readonly lock: string;
  readonly addressPath: string;
  /** Of the shell. */
  readonly variables: Readonly<Record<string, string>>;
}

const joinedPath = (dir: string): string => join(dir, 'networks.json');

/** Takes an address on each network that it is attached to. */
export function joinNetworks(
  place: Place,
  { dir, configuration: { networks, id } }: Container,
  settings: Settings,
): JoinedNetwork[] {
  const known = allNetworks(place);
  const attachments =
    hasFault(settings, 'none-has-a-network') && networks.length === 0 ? [defaultOf(id)] : networks;
  const found = attachments.map((attachment, index) => {
    const network = known.find((each) => each.id === attachment.network);
    if (network === undefined) throw new Error(`network ${attachment.network} is not there`);
    return attach({ place, network, attachment, settings }, index);
  });
  write(
    joinedPath(dir),
    found.map(({ joined }) => joined),
  );
  return found.map(({ network }) => network);
}

/** Gives the addresses back, and takes each bridge away where nothing is on it any more. */
export function leaveNetworks(dir: string): void {
  for (const { lock, addressPath, variables } of (read(joinedPath(dir)) as Joined[] | undefined) ?? []) {
    spawnSync('flock', [lock, 'sh', '-c', LEAVE], { env: { ...variables, PATH } });
    rmSync(addressPath, { force: true });
  }
  rmSync(joinedPath(dir), { force: true });
}

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

const defaultOf = (id: string): NetworkAttachment => ({
  network: 'default',
  options: { hostname: id, mtu: 1280 },
});

interface Joining {
  readonly place: Place;
  readonly network: Network;
  readonly attachment: NetworkAttachment;
  readonly settings: Settings;
}

function attach(
  { place, network, attachment, settings }: Joining,
  index: number,
): { readonly network: JoinedNetwork; readonly joined: Joined } {
  const { last, addressPath } = takeAddress(place, network);
  const bridge = bridgeOf(place, network);
  const [subnet, gateway] = [subnetOf(network), gatewayOf(network)];
  const address = `${subnet.replace(/0\/24$/, '')}${last}`;
  const { mtu, hostname } = attachment.options;
  const macAddress = attachment.options.macAddress ?? macOf(network, last);
  const mode =
    network.mode === 'nat' ? 'nat' : hasFault(settings, 'internal-lets-tcp-out') ? 'leaky' : 'internal';
  const lock = join(place.stateDir, 'networks.lock');
  const variables = {
    bridge,
    subnet,
    gateway,
    address,
    mode,
    macAddress,
    mtu: String(mtu),
    resolver: ownResolver(),
    outer: `${bridge}.${last}`,
    inner: `eth${index}`,
    isFirst: String(index === 0),
  };
  const env = Object.entries({ ...variables, PATH }).map(([name, value]) => `${name}=${value}`);
  return {
    joined: { lock, addressPath, variables },
    network: {
      network: network.id,
      hostname,
      ipv4Address: `${address}/24`,
      ipv4Gateway: gateway,
      macAddress,
      mtu,
      hook: { path: '/usr/bin/flock', args: ['flock', lock, 'sh', '-ec', JOIN], env },
    },
  };
}

/** The lowest that nobody has; one byte. */
function takeAddress(place: Place, { id }: Network): { readonly last: number; readonly addressPath: string } {
  const dir = join(place.stateDir, 'addresses', id);
  mkdirSync(dir, { recursive: true });
  for (let last = 2; last < 255; last += 1) {
    const addressPath = join(dir, String(last));
    try {
      writeFileSync(addressPath, '', { flag: 'wx' });
      return { last, addressPath };
    } catch {
      // Somebody has it.
    }
  }
  throw new Error(`no address of network ${id} is free: ${readdirSync(dir).length} are taken`);
}

const macOf = ({ third }: Network, last: number): string =>
  `f2:6a:00:c9:${[third, last].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;

/** Where this host's own programs look names up; on a Mac `.1` answers with what the Mac knows. */
function ownResolver(): string {
  const address = /^nameserver\s+(\S+)/m.exec(readFileSync('/etc/resolv.conf', 'utf8'))?.[1] ?? '';
  return isIPv4(address) ? address : '';
}

/** Variables of the shell: those of `variables`. What of the host's firewall is for a bridge carries the bridge's name. */
const RULES = `
rules() { # ACTION
  test "$mode" = nat || iptables -w $1 FORWARD -i "$bridge" -j DROP
  test "$mode" != internal || return 0
  tcp=; test "$mode" != leaky || tcp='-p tcp'
  iptables -w $1 FORWARD -i "$bridge" $tcp -j ACCEPT
  iptables -w $1 FORWARD -o "$bridge" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
  iptables -w -t nat $1 POSTROUTING -s "$subnet" ! -o "$bridge" $tcp -j MASQUERADE
  test "$mode" = nat && test -n "$resolver" || return 0
  for kind in udp tcp; do
    iptables -w -t nat $1 PREROUTING -i "$bridge" -d "$gateway" -p $kind --dport 53 -j DNAT --to-destination "$resolver:53"
  done
}
`;

const JOIN = `${RULES}
pid=$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/')
if ! test -d "/sys/class/net/$bridge"; then
  ip link add "$bridge" type bridge
  ip addr add "$gateway/24" dev "$bridge"
  ip link set "$bridge" up
  case "$resolver" in 127.*) echo 1 >"/proc/sys/net/ipv4/conf/$bridge/route_localnet" ;; esac
  rules -I
fi
ip link add "$outer" mtu "$mtu" type veth peer name "$inner" mtu "$mtu" address "$macAddress" netns "$pid"
ip link set "$outer" master "$bridge" up
nsenter -t "$pid" -n ip addr add "$address/24" dev "$inner"
nsenter -t "$pid" -n ip link set "$inner" up
test "$isFirst" != true || nsenter -t "$pid" -n ip route add default via "$gateway"
`;

const LEAVE = `${RULES}
ip link del "$outer" 2>/dev/null
test -d "/sys/class/net/$bridge" || exit 0
test -z "$(ls "/sys/class/net/$bridge/brif")" || exit 0
rules -D
ip link del "$bridge"
`;
