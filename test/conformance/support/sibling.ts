import { ATTEMPTS } from '../../../src/demo/attempts.ts';
import type { HostView } from '../../../src/verify/arena/host-view.ts';
import { makeNonce } from '../../../src/verify/arena/nonce.ts';
import { MULTICAST_GROUPS, NAMING_GROUPS } from '../../../src/verify/arena/listeners/canary.ts';
import { ARENA_NAMES, type Targets } from '../../../src/verify/arena/targets.ts';
import type { Bench } from './bench.ts';
import type { LiveBottle } from './live.ts';

/** A second bottle that listens, with guest/neighbour.mjs. */
export interface Sibling {
  readonly bottle: LiveBottle;
  /** Returns the targets of attacks on it: the attempts that go to an address, for three attackers. */
  targetsFor(host: HostView): Readonly<Record<'byAgent' | 'byRoot' | 'byItself', Targets>>;
  /** The nonces that it has heard so far. */
  heard(): readonly string[];
}

interface Listening {
  readonly port: number;
  readonly ip4: readonly string[];
  readonly ip6: readonly string[];
  readonly linkLocal: readonly string[];
}

/** Only attempts over a network target a sibling. */
const NOTHING_LAID = {
  lenderPort: 0,
  collectorPort: 0,
  collectorPlainPort: 0,
  innocent: {} as Targets['innocent'],
  lootPaths: {} as Targets['lootPaths'],
  writePaths: {} as Targets['writePaths'],
  dropDir: '',
  outsideDir: '',
  systemPaths: [],
  exePath: '',
  sockets: {} as Targets['sockets'],
};

const KINDS = /^(tcp|udp|dns)-/;

/** Starts a sibling. */
export async function siblingOf(bench: Bench): Promise<Sibling> {
  const bottle = await bench.live('sibling', ['node', '/work/neighbour.mjs']);
  const lines = (): string[] =>
    bottle
      .output()
      .split('\n')
      .filter((line) => line !== '');
  const listening = JSON.parse(lines()[0] ?? '') as Listening;
  const targets = (host: HostView): Targets => ({
    attempts: Object.fromEntries(
      ATTEMPTS.filter(({ id }) => KINDS.test(id)).map(({ id }) => [id, makeNonce()]),
    ),
    controls: {},
    deadlineMs: 1_500,
    port: listening.port,
    otherPort: listening.port,
    abstractName: '',
    names: { ...ARENA_NAMES, own: host.ownName },
    addresses: { ...listening, broadcast: host.broadcast },
    links: host.links,
    groups: MULTICAST_GROUPS,
    namingGroups: NAMING_GROUPS,
    socketPath: '',
    lootPath: '',
    writePath: '',
    tmpPath: '',
    killPid: 0,
    bystanderPid: 0,
    engineSockets: [],
    ...NOTHING_LAID,
  });
  return {
    bottle,
    targetsFor: (host) => ({ byAgent: targets(host), byRoot: targets(host), byItself: targets(host) }),
    heard: () => lines().slice(1),
  };
}
