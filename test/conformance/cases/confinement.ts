import { readFileSync, readlinkSync } from 'node:fs';
import { expect } from 'vitest';
import { GUEST } from '../../../src/drivers/driver.ts';
import { makeLoot } from '../../../src/verify/arena/nonce.ts';
import type { Bench } from '../support/bench.ts';
import { insideOwner, traitsOf } from '../support/rung.ts';

/** The output of guest/facts.mjs. */
interface Facts {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly hostname: string;
  readonly status: Readonly<Record<string, string>>;
  readonly namespaces: Readonly<Record<string, string>>;
  /** By folder: null if the agent can write a file there. */
  readonly writing: Readonly<Record<string, string | null>>;
  readonly tmpBytes: number;
  readonly processes: number;
  readonly devices: readonly string[];
  readonly interfaces: readonly string[];
  readonly openFiles: string;
  /** The kernel's boot id, new at each start of a kernel. */
  readonly boot: string;
  readonly locale: string;
  readonly userName: string;
  readonly engineSocket: readonly (string | null)[];
  readonly newUserNamespace: string;
  readonly setuid: string | null;
  readonly mounting: string | null;
}

const MIB = 1024 ** 2;
const [inLauncher, inManifest] = [makeLoot(), makeLoot()];
const BOOT_ID = '/proc/sys/kernel/random/boot_id';
const PLAIN_DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];
/** Folders and links that every container has, and the devices of terminals. */
const OTHER_DEVICES = [
  'core',
  'fd',
  'stdin',
  'stdout',
  'stderr',
  'ptmx',
  'pts',
  'shm',
  'mqueue',
  'console',
  'net',
];
/** Devices that gVisor emulates. */
const EMULATED_DEVICES = ['fuse'];

/** Tests a bottle's confinement as a program in it sees it. All cases use the facts of one bottle. */
export function confinementCases(bench: Bench): void {
  const traits = traitsOf(bench.rung);
  let looked: Promise<Facts> | undefined;
  const look = async (): Promise<Facts> => {
    const outcome = await bench.start(['node', '/work/facts.mjs'], {
      env: { LOOT: inLauncher, TERM: 'xterm-256color' },
      manifest: { bottle: { env: { FLAG: inManifest }, resources: { disk: '48m' } } },
    });
    expect(outcome).toMatchObject({ code: 0 });
    return JSON.parse(outcome.stdout) as Facts;
  };
  const withFacts = (name: string, check: (facts: Facts) => void): void =>
    bench.case(name, async () => check(await (looked ??= look())));

  withFacts('it is the user agent in /work', ({ uid, gid, groups, cwd, userName }) => {
    expect({ uid, gid, cwd, userName }).toEqual({
      ...insideOwner(bench.rung),
      cwd: GUEST.workspace,
      userName: 'agent',
    });
    expect(groups.filter((group) => group !== gid && group !== 65_534)).toEqual([]);
  });

  withFacts('its environment is the documented one, and nothing of the launcher’s', ({ env }) => {
    expect(env).toMatchObject({ HOME: GUEST.home, USER: 'agent', LANG: 'C.UTF-8', FLAG: inManifest });
    expect(env['HTTPS_PROXY']).toMatch(/^http:\/\/[0-9.]+:3128$/);
    expect(env).not.toHaveProperty('TERM'); // there is no terminal
    expect(JSON.stringify(env)).not.toContain(inLauncher);
    const known =
      /^(HOME|USER|LOGNAME|SHELL|PATH|PWD|OLDPWD|SHLVL|_|LANG|TMPDIR|FLAG|HOSTNAME|GIT_\w+|NODE_\w+|NPM_CONFIG_\w+|BOT_BOTTLE_ID|container|GRPC_DEFAULT_SSL_ROOTS_FILE_PATH|HEX_CACERTS_PATH|\w+_(CAFILE|CAINFO|BUNDLE|CERT|CERT_FILE|CERTS)|(HTTPS?|NO)_PROXY)$/i;
    expect(Object.keys(env).filter((name) => !known.test(name))).toEqual([]);
  });

  withFacts('the locale is UTF-8', ({ locale }) => expect(locale).toBe('UTF-8'));

  withFacts('it has no capability and can get none', ({ status }) => {
    const sets = Object.entries(status).filter(([name]) => name.startsWith('Cap'));
    expect(sets.map(([name]) => name)).toEqual(
      expect.arrayContaining(['CapInh', 'CapPrm', 'CapEff', 'CapBnd']),
    );
    expect(sets.filter(([, value]) => value !== '0000000000000000')).toEqual([]);
  });

  withFacts('privileges cannot grow: no new privileges, no setuid, no mount', (facts) => {
    // gVisor applies the flag but does not show it: the other two show its effect.
    if (traits.sharesKernel) expect(facts.status).toMatchObject({ NoNewPrivs: '1', Seccomp: '2' });
    expect(facts.setuid).toMatch(/^(EPERM|EINVAL)$/);
    expect(facts.mounting).not.toBeNull();
  });

  withFacts('no user namespace can be made, where it would be one of the host’s kernel', (facts) => {
    expect(facts.newUserNamespace === '0' && traits.sharesKernel).toBe(false);
  });

  withFacts('no namespace is the host’s', ({ namespaces, boot }) => {
    // The first namespaces of every kernel have the same numbers, so those of a separate kernel prove nothing.
    if (traits.hasOwnKernel) return expect(boot).not.toBe(readFileSync(BOOT_ID, 'utf8'));
    const shared = ['ipc', 'mnt', 'net', 'pid', 'uts'].filter(
      (name) => namespaces[name] === readlinkSync(`/proc/self/ns/${name}`),
    );
    expect(shared).toEqual([]);
  });

  withFacts('only its own places can be written', ({ writing }) => {
    const writable = Object.keys(writing).filter((folder) => writing[folder] === null);
    expect(writable.sort()).toEqual([GUEST.home, '/tmp', '/work'].sort());
  });

  withFacts('/tmp has the size of the manifest', ({ tmpBytes }) => {
    expect(tmpBytes).toBeGreaterThan(40 * MIB);
    expect(tmpBytes).toBeLessThanOrEqual(48 * MIB);
  });

  withFacts('it sees its own processes only', ({ processes }) => expect(processes).toBeLessThan(10));

  withFacts('it has no device of the host', ({ devices }) => {
    const emulated = traits.sharesKernel ? [] : EMULATED_DEVICES;
    expect(
      devices.filter((name) => ![...PLAIN_DEVICES, ...OTHER_DEVICES, ...emulated].includes(name)),
    ).toEqual([]);
  });

  withFacts(
    'its network has loopback and, where the gateway is at the end of a link, that link',
    ({ interfaces }) => {
      const others = interfaces.filter((name) => name !== 'lo');
      expect(others.length).toBe(traits.hasLink ? 1 : 0);
    },
  );

  withFacts('no engine’s socket is there', ({ engineSocket }) => {
    expect(engineSocket).toEqual(engineSocket.map(() => 'ENOENT'));
  });

  withFacts('the number of open files has a limit', ({ openFiles }) => {
    expect(Number(openFiles)).toBeLessThanOrEqual(1024 * 1024);
  });
}
