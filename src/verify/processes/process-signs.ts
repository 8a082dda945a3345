import type { Sign } from '../probes/probe.ts';
import type { Descriptor, ProcessView } from './process-view.ts';

/** Finds signs of success in the host's view of a process. Pure. */

/** The state that a process is compared with. */
export interface Reference {
  /** The bottle's first process; in the open, this process. */
  readonly bottle: ProcessView;
  /** The process of the host that some attempts target, in its current state. */
  readonly bystander: ProcessView | undefined;
  /** The nonce of the attempt. */
  readonly nonce: string;
  /** The content of the host's /proc/keys. */
  readonly keys: string;
  readonly hostName: string;
  /** All values that the kernel kept beside this host's clock during the attack; empty if they could not be read. */
  readonly clockMarks: ReadonlySet<number>;
  /** The modules that the host's kernel loaded on request since the watch began; undefined if it has no modules. */
  readonly modulesCame: readonly string[] | undefined;
}

/** Returns the sign that an attempt, or in a control the allowed action, succeeded; undefined if there is none. */
export function findSign(sign: Sign, view: ProcessView, reference: Reference): string | undefined {
  const ofSign = SIGNS[sign.is];
  return ofSign(view, reference, sign.of ?? '');
}

type Find = (view: ProcessView, reference: Reference, of: string) => string | undefined;

const when = (holds: boolean, words: string): string | undefined => (holds ? words : undefined);

const held =
  (words: string, holds: (descriptor: Descriptor, reference: Reference, of: string) => boolean): Find =>
  ({ descriptors }, reference, of) => {
    const found = descriptors.find((descriptor) => holds(descriptor, reference, of));
    return found && `${words} ${found.link}${found.device === undefined ? '' : ` (${found.device})`}`;
  };

/** null, zero, full, random, urandom, tty, ptmx, pts: every bottle has these. */
const HARMLESS = /^char (1:[35789]|5:[02]|13[6-9]:\d+|14[0-3]:\d+)$/;
const PROC = 0x9fa0;
/** Magic numbers of linux/magic.h: sysfs, cgroup, cgroup2, debugfs, tracefs, securityfs, bpf, configfs, pstore. */
const KERNEL_FILE_SYSTEMS = [
  0x6265_6572, 0x27_e0eb, 0x6367_7270, 0x6462_6720, 0x7472_6163, 0x7363_6673, 0xcafe_4a11, 0x6265_6570,
  0x6165_676c,
];
const OWN_FILE = /^\/proc\/\d+\//;

const isSetting = ({ isFile, link, fileSystem = 0, writable }: Descriptor): boolean =>
  isFile &&
  writable &&
  (KERNEL_FILE_SYSTEMS.includes(fileSystem) || (fileSystem === PROC && !OWN_FILE.test(link)));

const LIMIT_OF_FILES = 'Max open files';
const lastNumber = (nonce: string): number => Number.parseInt(nonce.slice(-2), 16);
/** Returns a limit that the attack program derives from the nonce in the same way. */
export const numberOf = (nonce: string): number => 512 + lastNumber(nonce);

/** Returns a clock value that the attack program derives from the nonce in the same way. */
const clockMarkOf = (nonce: string): number => 8_000_000 + Number.parseInt(nonce.slice(-5), 16);
const hasName = ({ status }: ProcessView, nonce: string): boolean => status['Name'] === nonce.slice(-12);

const ids = (view: ProcessView, name: string): readonly string[] => view.status[name]?.split(/\s+/) ?? [];

const SIGNS: Readonly<Record<Sign['is'], Find>> = {
  descriptor: held('holds', ({ link }, _, of) => link === of),
  found: held('holds', ({ link }, { nonce }) => link.includes(nonce)),
  device: held('holds', ({ device }) => device !== undefined && !HARMLESS.test(device)),
  nullDevice: held('holds', ({ device }) => device === 'char 1:3'),
  setting: held('can write to', isSetting),
  ownSetting: held('can write to', ({ link, fileSystem }) => fileSystem === PROC && OWN_FILE.test(link)),
  kernelFile: held(
    'can read',
    ({ link, isFile, fileSystem }) => isFile && fileSystem === PROC && !OWN_FILE.test(link),
  ),
  pidfd: held(
    'holds a descriptor of a process of the host:',
    ({ pid }, { bystander }) => pid !== undefined && pid === bystander?.pid,
  ),
  ownPidfd: ({ descriptors, parent }) =>
    when(
      descriptors.some(({ pid }) => pid === parent),
      'holds a descriptor of its parent',
    ),
  // Checks the bystander's standard input, which the attempt takes: the process that runs everything may have left
  // other descriptors open to both.
  taken: held('holds an open file of a process of the host:', ({ link }, { bystander }) => {
    const [input] = bystander?.descriptors ?? [];
    return link === input?.link && /^(?:pipe|socket):/.test(link);
  }),
  namespace: ({ namespaces }, { bottle }, of) => {
    const names = of === '' ? Object.keys(namespaces) : [of, `${of}_for_children`];
    const other = names.find((name) => differs(namespaces[name], bottle.namespaces[name]));
    return other && `is in another namespace than the bottle: ${other} ${namespaces[other]}`;
  },
  ownNamespaces: ({ namespaces }, { bottle }) =>
    when(
      namespaces['user'] !== undefined && namespaces['user'] === bottle.namespaces['user'],
      "its namespaces are seen, and are the bottle's",
    ),
  program: ({ program }) => when(program.includes('memfd:'), `runs ${program}`),
  mount: ({ mounts }, { nonce }) => mounts.find((line) => line.includes(nonce)),
  ownMounts: ({ mounts }) =>
    when(
      mounts.some((line) => line.split(' ')[4] === '/'),
      'its mounts are seen',
    ),
  root: ({ root }, { bottle }) => when(differs(root, bottle.root), `its root is ${root}`),
  name: (view, { nonce }) => when(hasName(view, nonce), `is called ${view.status['Name'] ?? ''}`),
  capabilities: ({ status }) =>
    ['CapEff', 'CapPrm', 'CapAmb']
      .filter((name) => /[^0]/.test(status[name] ?? ''))
      .map((name) => `${name} is ${status[name] ?? ''}`)[0],
  noNewPrivs: ({ status }) => when(status['NoNewPrivs'] === '0', 'NoNewPrivs is 0'),
  seccomp: ({ status }) => when(status['Seccomp'] === '0', 'Seccomp is 0'),
  uidRoot: (view) => when(ids(view, 'Uid').includes('0'), `Uid is ${ids(view, 'Uid').join(' ')}`),
  gidRoot: (view) => {
    const all = [...ids(view, 'Gid'), ...ids(view, 'Groups')];
    return when(all.includes('0'), `its groups are ${all.join(' ')}`);
  },
  otherUser: (view) => {
    const [real, effective] = ids(view, 'Uid');
    return when(differs(real, effective), `is user ${effective}, and was started by ${real}`);
  },
  personality: ({ personality }, _, of) => when(personality === of, `its personality is ${personality}`),
  core: ({ limits }) => {
    const [soft = ''] = limits['Max core file size'] ?? [];
    return when(soft === 'unlimited', 'its core dumps are unlimited');
  },
  files: ({ limits }, { nonce }) =>
    when(limits[LIMIT_OF_FILES]?.[0] === String(numberOf(nonce)), 'its limit of open files was set'),
  filesOfHost: (_, { bystander, nonce }) =>
    when(
      bystander?.limits[LIMIT_OF_FILES]?.[0] === String(numberOf(nonce)),
      'the limit of a process of the host was set',
    ),
  nice: ({ nice }, _, of) => when(nice === Number(of), `its nice value is ${nice}`),
  policy: ({ policy }, _, of) => when(policy === Number(of), `its scheduling policy is ${policy}`),
  oomScore: ({ oomScore }, _, of) => when(oomScore === Number(of), `its oom_score_adj is ${oomScore}`),
  mapped: ({ mapped }, _, of) => when(mapped.includes(of), `its memory has something at ${of}`),
  socket: ({ descriptors, sockets }, _, of) => {
    const known = Object.entries(sockets).find(([kind]) => kind === of)?.[1] ?? [];
    const found = descriptors.find(({ link }) => known.includes(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? '-'));
    return found && `holds ${found.link}, which is of kind ${of}`;
  },
  unlistedSocket: ({ descriptors, sockets, atLast }) => {
    const listed = new Set(Object.values(sockets).flat());
    const found = descriptors.find(({ link }) => {
      const number = /^socket:\[(\d+)\]$/.exec(link)?.[1];
      return number !== undefined && !listed.has(number) && atLast.includes(link);
    });
    return found && `holds ${found.link}, which is in no table of ${Object.keys(sockets).join(', ')}`;
  },
  key: (_, { keys, nonce }) => when(keys.includes(nonce), 'its key is in the keys of the host'),
  tracer: ({ pid }, { bystander }) =>
    when(bystander?.status['TracerPid'] === String(pid), 'traces a process of the host'),
  hostName: (_, { hostName, nonce }) => when(hostName === nonce, 'the host has its name'),
  inTables: ({ addresses }, { nonce }, of) => {
    const added = `${of}${lastNumber(nonce)}`;
    return when(addresses.includes(added), `its network has ${added} now`);
  },
  ownTables: ({ addresses }) => when(addresses.includes('127.0.0.1'), "its network's addresses are seen"),
  clockError: (_, { clockMarks, nonce }) =>
    when(
      clockMarks.has(clockMarkOf(nonce)),
      `beside the host's clock the kernel keeps ${clockMarkOf(nonce)}`,
    ),
  modulesCame: (_, { modulesCame = [] }) =>
    when(modulesCame.length > 0, `the host's kernel has loaded ${modulesCame.join(', ')} since`),
  ownNameAndModules: (view, { modulesCame, nonce }) =>
    when(
      hasName(view, nonce) && modulesCame !== undefined,
      `is called ${view.status['Name'] ?? ''}, and the host's modules are read`,
    ),
  ownNameAndClock: (view, { clockMarks, nonce }) =>
    when(
      hasName(view, nonce) && clockMarks.size > 0,
      `is called ${view.status['Name'] ?? ''}, and the host's clock is read`,
    ),
};

const differs = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && one !== '' && other !== undefined && other !== '' && one !== other;

/** Returns the sign of the control for a probe with this sign: the same reading, of an allowed action. */
export function controlSign({ is }: Sign): Sign {
  return CONTROLS[is] ?? { is: 'name' };
}

const EVENT: Sign = { is: 'descriptor', of: 'anon_inode:[eventfd]' };
const CONTROLS: Readonly<Partial<Record<Sign['is'], Sign>>> = {
  descriptor: EVENT,
  found: EVENT,
  taken: EVENT,
  device: { is: 'nullDevice' },
  setting: { is: 'ownSetting' },
  kernelFile: { is: 'ownSetting' },
  pidfd: { is: 'ownPidfd' },
  namespace: { is: 'ownNamespaces' },
  mount: { is: 'ownMounts' },
  personality: { is: 'personality', of: '00020000' },
  core: { is: 'files' },
  filesOfHost: { is: 'files' },
  nice: { is: 'nice', of: '11' },
  policy: { is: 'policy', of: '3' },
  oomScore: { is: 'oomScore', of: '997' },
  mapped: { is: 'mapped', of: '10000000' },
  socket: { is: 'socket', of: 'udp' },
  unlistedSocket: { is: 'socket', of: 'udp' },
  inTables: { is: 'ownTables' },
  clockError: { is: 'ownNameAndClock' },
  modulesCame: { is: 'ownNameAndModules' },
};
