import { existsSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { arch, hostname, networkInterfaces } from 'node:os';
import { basename } from 'node:path';
import { isIP } from 'node:net';
import { assetPath } from '../../host/paths.ts';
import { run } from '../../host/run.ts';
import { loadableModules } from '../processes/modules.ts';
import type { Need, Probe } from '../probes/probe.ts';
import type { Beyond } from './beyond/beyond.ts';
import { readKnown, type Known } from './known.ts';
import { isBridgeOfBottle } from '../../contracts/host-names.ts';
import { leadsBeyond } from './beyond/way-beyond.ts';

/** What an attacker would find out about this host, such as where its canary can be reached. */
export interface HostView {
  /** Addresses of every interface except loopback and those of other attacked rungs. */
  readonly ip4: readonly string[];
  readonly ip6: readonly string[];
  /** Without zones; `links` lists the interfaces to try them on. */
  readonly linkLocal: readonly string[];
  readonly broadcast: readonly string[];
  readonly links: readonly string[];
  /** A name that resolves to an address of this host without DNS. */
  readonly ownName: string;
  readonly hasPerl: boolean;
  readonly isX64: boolean;
  /** The kernel has the x32 ABI: CONFIG_X86_X32_ABI, which most kernels lack or disable at boot. */
  readonly hasX32: boolean;
  /** The kernel has a file that triggers SysRq commands: CONFIG_MAGIC_SYSRQ. */
  readonly hasSysrq: boolean;
  /** Kernel modules that load on request and are not loaded yet. */
  readonly loadable: readonly string[];
  /** A process may read the memory of another process of its user that is not its child. */
  readonly mayTrace: boolean;
  readonly known: Known;
  readonly hasGit: boolean;
  /** script(1) of util-linux, which gives a program a terminal. */
  readonly hasScript: boolean;
  /** This user may capture packets. */
  readonly captures: boolean;
  /** The addresses of the listeners beyond this host, or why there are none. */
  readonly beyond: Pick<Beyond, 'at' | 'missing'>;
}

type WhoIsBeyond = HostView['beyond'] & Pick<Beyond, 'link'>;

const NOBODY_BEYOND = { at: undefined, missing: 'no listener was set up there' };

/**
 * Inspects this host's interfaces and programs. `beyond`: the listeners beyond it; `bridges`: those of the attacked
 * bottles.
 */
export async function viewHost(
  beyond: WhoIsBeyond = NOBODY_BEYOND,
  bridges: ReadonlySet<string> = new Set(),
): Promise<HostView> {
  const own = new Set([...bridges, beyond.link]);
  const all = Object.entries(networkInterfaces())
    .filter(([link]) => isNobodyElses([link, bridgeOver(link)], own))
    .flatMap(([link, addresses]) => (addresses ?? []).map((address) => ({ link, ...address })));
  const outward = all.filter(({ internal }) => !internal);
  const [ip4, ip6] = [outward.filter(isFamily('IPv4')), outward.filter(isFamily('IPv6'))];
  const isLinkLocal = ({ address }: { readonly address: string }): boolean => address.startsWith('fe80:');
  const addresses = ip4.map(({ address }) => address);
  const hosts = await readFile('/etc/hosts', 'utf8').catch(() => '');
  return {
    ip4: addresses,
    ip6: ip6.filter((address) => !isLinkLocal(address)).map(({ address }) => address),
    linkLocal: ip6.filter(isLinkLocal).map(({ address }) => address),
    broadcast: ip4.map(({ address, netmask }) => broadcastOf(address, netmask)),
    links: [...new Set(outward.map(({ link }) => link))],
    ownName: ownNameOf({ hosts, addresses, hostname: hostname() }),
    isX64: arch() === 'x64',
    hasX32: arch() === 'x64' && (await run('perl', ['-e', GETPID_OF_X32])).exitCode === 0,
    hasSysrq: existsSync('/proc/sysrq-trigger'),
    hasPerl: !(await run('perl', ['-e', '1'])).notFound,
    loadable: loadableModules(),
    mayTrace: await mayTrace(),
    known: await readKnown(),
    hasGit: !(await run('git', ['--version'])).notFound,
    captures: await mayCapture(),
    beyond,
    hasScript: (await run('script', ['--version'])).stdout.includes('util-linux'),
  };
}

const isFamily = (family: string) => (address: { readonly family: string }) => address.family === family;

/** x32 call numbers have bit 30 set (asm/unistd_x32.h); a kernel without x32 returns ENOSYS. */
const GETPID_OF_X32 = 'exit(syscall(0x4000_0000 | 39) == $$ ? 0 : 1)';

/** Tests it: the capture program starts, and ends at the end of its input. */
async function mayCapture(): Promise<boolean> {
  return (await run('perl', [assetPath('arena/capture.pl')], { timeoutMs: 10_000 })).exitCode === 0;
}

/** Returns whether Yama is absent, or at its lowest level: ptrace(2). */
async function mayTrace(): Promise<boolean> {
  const scope = await readFile('/proc/sys/kernel/yama/ptrace_scope', 'utf8').catch(() => '0');
  return scope.trim() === '0';
}

/** Returns the last address of a network: every bit outside the mask is set (RFC 919). */
export function broadcastOf(address: string, netmask: string): string {
  const masks = netmask.split('.').map(Number);
  return address
    .split('.')
    .map((part, index) => Number(part) | (~(masks[index] ?? 0) & 255))
    .join('.');
}

const MEETS: Readonly<Record<Need, (host: HostView) => boolean>> = {
  ip4: ({ ip4 }) => ip4.length > 0,
  ip6: ({ ip6 }) => ip6.length > 0,
  linkLocal: ({ linkLocal }) => linkLocal.length > 0,
  broadcast: ({ broadcast }) => broadcast.length > 0,
  x64: ({ isX64 }) => isX64,
  x32: ({ hasX32 }) => hasX32,
  sysrq: ({ hasSysrq }) => hasSysrq,
  perl: ({ hasPerl, ip4 }) => hasPerl && ip4.length > 0,
  tracing: ({ mayTrace }) => mayTrace,
  loadable: ({ loadable }) => loadable.length > 0,
  kcore: ({ known }) => known.kcore !== undefined,
  kallsyms: ({ known }) => known.kallsyms !== undefined,
  iomem: ({ known }) => known.iomem !== undefined,
  modules: ({ known }) => known.modules !== undefined,
  firmware: ({ known }) => known.firmware !== undefined,
  disk: ({ known }) => known.disk !== undefined,
  engine: ({ known }) => known.engine !== undefined,
  git: ({ hasGit }) => hasGit,
  script: ({ hasScript }) => hasScript,
  capture: ({ captures }) => captures,
  beyond: ({ beyond }) => beyond.at !== undefined,
};

/** Returns the probes that can succeed outside a bottle on this host: the others would prove nothing. */
export const possibleProbes = <P extends Pick<Probe, 'needs'>>(
  probes: readonly P[],
  host: HostView,
): readonly P[] => probes.filter(({ needs }) => needs === undefined || MEETS[needs](host));

/**
 * Returns whether an interface belongs to no other rung and no other run of verify, by its name and that of its bridge.
 * Attempts never target those: verify attacks rungs concurrently, and an address that vanishes with another rung would
 * make this one look held. Pure.
 */
export const isNobodyElses = (
  names: readonly (string | undefined)[],
  own: ReadonlySet<string | undefined>,
): boolean =>
  names.every(
    (name) => name === undefined || own.has(name) || !(isBridgeOfBottle(name) || leadsBeyond(name)),
  );

/** Returns the bridge of which an interface is a port; undefined if it is no port, or is gone. */
export function bridgeOver(link: string): string | undefined {
  try {
    return basename(readlinkSync(`/sys/class/net/${link}/master`));
  } catch {
    return undefined;
  }
}

/** What determines this host's name. */
interface Naming {
  /** The text of its hosts file: hosts(5). */
  readonly hosts: string;
  /** Its addresses without loopback. */
  readonly addresses: readonly string[];
  readonly hostname: string;
}

/**
 * Returns a name that resolves to this host by its hosts file alone. Prefers a name of an address that others can
 * reach: for a gateway in a separate network namespace, loopback is not the host. `localhost` if the file has no such
 * name.
 */
export function ownNameOf({ hosts, addresses, hostname }: Naming): string {
  const entries = hosts.split('\n').flatMap(entriesOf);
  const outward = entries.find(({ address }) => addresses.includes(address));
  const loopback = entries.find(({ address, name }) => name === hostname && address.startsWith('127.'));
  return (outward ?? loopback)?.name ?? 'localhost';
}

function entriesOf(line: string): { readonly address: string; readonly name: string }[] {
  const [address = '', ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/);
  if (isIP(address) !== 4) return [];
  return names.filter((name) => WRITABLE.test(name)).map((name) => ({ address, name }));
}

/** A name that a manifest's rule accepts. */
const WRITABLE = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
