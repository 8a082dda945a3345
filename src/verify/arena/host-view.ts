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

/** What an attacker would find out about this host: where its canary can be reached. */
export interface HostView {
  /** Of every interface but loopback, and what others that are attacked have brought. */
  readonly ip4: readonly string[];
  readonly ip6: readonly string[];
  /** Without zones; `links` has the interfaces to try them on. */
  readonly linkLocal: readonly string[];
  readonly broadcast: readonly string[];
  readonly links: readonly string[];
  /** A name that leads to an address of this host, without asking anybody. */
  readonly ownName: string;
  readonly hasPerl: boolean;
  readonly isX64: boolean;
  /** The kernel takes the calls of the x32 interface: CONFIG_X86_X32_ABI, which most are built without, or start without. */
  readonly hasX32: boolean;
  /** The kernel has a file for pressing the keys of SysRq: CONFIG_MAGIC_SYSRQ. */
  readonly hasSysrq: boolean;
  /** Modules by request that the kernel has not loaded, and could. */
  readonly loadable: readonly string[];
  /** A process may read the memory of another of its user that is not its child. */
  readonly mayTrace: boolean;
  readonly known: Known;
  readonly hasGit: boolean;
  /** script(1) of util-linux, which gives a program a terminal. */
  readonly hasScript: boolean;
  /** This user may look at packets. */
  readonly captures: boolean;
  /** Where listeners are beyond it, or why there are none. */
  readonly beyond: Pick<Beyond, 'at' | 'missing'>;
}

type WhoIsBeyond = HostView['beyond'] & Pick<Beyond, 'link'>;

const NOBODY_BEYOND = { at: undefined, missing: 'nobody was asked to listen there' };

/** Looks at this host's own interfaces and programs, and at who listens beyond it. `bridges`: of the bottles that are attacked. */
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

/** Its number has the bit 30 set (asm/unistd_x32.h); a kernel without says that there is no such call. */
const GETPID_OF_X32 = 'exit(syscall(0x4000_0000 | 39) == $$ ? 0 : 1)';

/** Tried, not guessed: the program that does it starts, and ends with its input. */
async function mayCapture(): Promise<boolean> {
  return (await run('perl', [assetPath('arena/capture.pl')], { timeoutMs: 10_000 })).exitCode === 0;
}

/** Yama is not there, or at its lowest: ptrace(2). */
async function mayTrace(): Promise<boolean> {
  const scope = await readFile('/proc/sys/kernel/yama/ptrace_scope', 'utf8').catch(() => '0');
  return scope.trim() === '0';
}

/** The last address of a network: every bit that the mask leaves free is set (RFC 919). */
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

/** Those that can succeed in the open on this host: one that cannot would prove nothing. */
export const possibleProbes = <P extends Pick<Probe, 'needs'>>(
  probes: readonly P[],
  host: HostView,
): readonly P[] => probes.filter(({ needs }) => needs === undefined || MEETS[needs](host));

/**
 * Whether an interface belongs to no other rung and no other verify, by its name and that of the bridge that it is a port of.
 * Attempts are aimed at no others: rungs are attacked side by side, and an address that goes with the other rung would
 * make this one look held. Pure.
 */
export const isNobodyElses = (
  names: readonly (string | undefined)[],
  own: ReadonlySet<string | undefined>,
): boolean =>
  names.every(
    (name) => name === undefined || own.has(name) || !(isBridgeOfBottle(name) || leadsBeyond(name)),
  );

/** The bridge that an interface is a port of; undefined where it is none, or is gone. */
export function bridgeOver(link: string): string | undefined {
  try {
    return basename(readlinkSync(`/sys/class/net/${link}/master`));
  } catch {
    return undefined;
  }
}

/** What of this host decides its own name. */
interface Naming {
  /** The text of its hosts file: hosts(5). */
  readonly hosts: string;
  /** Its addresses but for loopback. */
  readonly addresses: readonly string[];
  readonly hostname: string;
}

/**
 * A name that leads to this host by its hosts file alone. One that leads to an address which others reach too is best: to a
 * gateway in a network of its own, loopback is not the host. `localhost` where the file has none.
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

/** As a rule of a manifest may name it. */
const WRITABLE = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
