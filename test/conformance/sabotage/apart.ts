import { readlinkSync } from 'node:fs';

/** A namespace for a mistake that would harm the host, or a service of its network: unshare(1), namespaces(7). */
export type Apart = 'network' | 'host name';

/** The address of most clouds' metadata service; in the separate network it is on loopback. */
export const METADATA_ADDRESS = '169.254.169.254';

/** The host's name in the separate namespace. */
export const APART_NAME = 'apart';

const NAMESPACES = { network: 'net', 'host name': 'uts' } as const;

/** A cable with both ends here gives an interface like that of any host. No route leads out. */
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

/**
 * Returns a command that starts its arguments in the separate namespace. It prints which namespace that is, and starts
 * nothing if it is this process's own.
 */
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

/** Whether the command ran in a separate namespace, by its output. */
export function wasApart(apart: Apart, said: string): boolean {
  const [, kind, namespace] = /^apart in ((?:net|uts):)(\[\d+\])$/m.exec(said) ?? [];
  return kind === `${NAMESPACES[apart]}:` && `${kind}${namespace}` !== ownNamespace(apart);
}
