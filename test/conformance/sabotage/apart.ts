import { readlinkSync } from 'node:fs';

/** Where a mistake is tried that would do harm to the host, or to a service of its network: unshare(1), namespaces(7). */
export type Apart = 'network' | 'host name';

/** Where most clouds have their metadata service; in a network of its own it is loopback's. */
export const METADATA_ADDRESS = '169.254.169.254';

/** What the host is called in a namespace of its own. */
export const APART_NAME = 'apart';

const NAMESPACES = { network: 'net', 'host name': 'uts' } as const;

/** One end of a cable of which the other is here too is an interface like that of any host. No way leads out. */
const NETWORK = `
  ip link set lo up
  ip address add ${METADATA_ADDRESS}/32 dev lo
  ip link add bb-here type veth peer name bb-there
  ip address add 192.0.2.77/32 dev bb-here
  ip link set bb-here up
  ip link set bb-there up
  test -z "$(ip route show default; ip -6 route show default)"
`;
const PREPARED: Readonly<Record<Apart, string>> = {
  network: NETWORK,
  'host name': `echo ${APART_NAME} >/proc/sys/kernel/hostname`,
};

const ownNamespace = (apart: Apart): string => readlinkSync(`/proc/self/ns/${NAMESPACES[apart]}`);

/** A command that starts what follows it there. It says where that is, and starts nothing where it is where this process is. */
export function startApart(apart: Apart): readonly string[] {
  const kind = NAMESPACES[apart];
  const script = `
    here=$(readlink /proc/self/ns/${kind})
    test "$here" != '${ownNamespace(apart)}'
    ${PREPARED[apart]}
    echo "apart in $here" >&2
    exec "$@"`;
  return ['unshare', `--${kind}`, 'sh', '-ec', script, 'apart'];
}

/** Whether it was started there, by its word. */
export function wasApart(apart: Apart, said: string): boolean {
  const [, kind, namespace] = /^apart in ((?:net|uts):)(\[\d+\])$/m.exec(said) ?? [];
  return kind === `${NAMESPACES[apart]}:` && `${kind}${namespace}` !== ownNamespace(apart);
}
