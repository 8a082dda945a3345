import { execFileSync } from 'node:child_process';
import { log } from '../failure.ts';

/** What network a process has (pkg/containerinspector/containerinspector_linux.go: InspectNetNS). */

interface Link {
  readonly ifindex: number;
  readonly ifname: string;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly address?: string;
  readonly addr_info: readonly { readonly local?: string; readonly prefixlen?: number }[];
}

// Go's net.Flags, by the words of ip(8).
const FLAGS: readonly (readonly [string, string])[] = [
  ['UP', 'up'],
  ['BROADCAST', 'broadcast'],
  ['LOOPBACK', 'loopback'],
  ['POINTOPOINT', 'pointtopoint'],
  ['MULTICAST', 'multicast'],
  ['LOWER_UP', 'running'],
];

/** The interfaces of its namespace. */
export function interfacesOf(id: string, pid: number): object | undefined {
  let links: readonly Link[];
  try {
    const text = execFileSync('nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', '-json', 'addr'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    links = JSON.parse(text) as readonly Link[];
  } catch {
    log('warning', 'failed to inspect NetNS', {
      error: `failed to Statfs "/proc/${pid}/ns/net": no such file or directory`,
      id,
    });
    return undefined;
  }
  const primary = links.find(
    ({ flags, ifname }) => flags.includes('UP') && !flags.includes('LOOPBACK') && !ifname.startsWith('lo'),
  );
  return {
    ...(primary === undefined ? {} : { PrimaryInterface: primary.ifindex }),
    Interfaces: links.map((link) => ({
      Index: link.ifindex,
      MTU: link.mtu,
      Name: link.ifname,
      HardwareAddr: link.flags.includes('LOOPBACK') ? '' : (link.address ?? ''),
      Flags: wordsOf(link),
      Addrs: addressesOf(link),
    })),
    PortMappings: null,
  };
}

const addressesOf = ({ addr_info }: Link): readonly string[] =>
  addr_info.flatMap(({ local, prefixlen }) => (local === undefined ? [] : [`${local}/${prefixlen}`]));

const wordsOf = ({ flags }: Link): readonly string[] | null => {
  const words = FLAGS.filter(([word]) => flags.includes(word)).map(([, name]) => name);
  return words.length === 0 ? null : words;
};
