import type { Targets } from '../../arena/targets.ts';
import { eachSpelling } from '../../guest/wire.ts';
import type { Probe, Run } from '../probe.ts';
import { evils, everyWay, spelling } from './spelled.ts';

/** Ports that a rule does not have. */

const port = {
  ...spelling,
  breach: 'reaches any service of a host of which one port is allowed',
  source: 'RFC 9110, 9.3.6: tunnels to ports that are not of the web; RFC 3986, 3.2.3',
} as const;

/** Gives ports for the one that is not allowed and the one that is. */
type SpellPorts = (other: number, targets: Targets) => readonly (string | number)[];

const ported = (spell: SpellPorts): Run => ({
  attack: (t, nonce) =>
    eachSpelling(nonce, spell(t.otherPort, t), (at, nonce) => everyWay(t, nonce, { host: t.names.http, at })),
  control: (t, nonce) => everyWay(t, nonce, { host: t.names.http }),
});

export const PORTS: readonly Probe[] = [
  {
    ...port,
    id: 'port-other',
    claim: 'An allowed name is allowed on its port only.',
    attack: 'use an allowed name with another port',
    run: ported((other) => [other]),
  },
  {
    ...port,
    id: 'port-two',
    claim: 'Of two ports none is taken.',
    attack: 'name two ports, the allowed one first',
    run: ported((other, t) => [
      `${t.port}:${other}`,
      ...evils(t).map((evil) => `${t.port}@${evil}:${other}`),
    ]),
  },
  {
    ...port,
    id: 'port-odd',
    claim: 'No odd spelling hides a port.',
    attack: 'spell another port in hex, with a plus, with zeros',
    run: ported((other) => [`+${other}`, `0x${other.toString(16)}`, `${other}.0`, `0${other}`]),
  },
  {
    ...port,
    id: 'port-wraps',
    claim: 'A port does not wrap.',
    attack: 'name a port that is another in 16 bits',
    source: 'CWE-190; CWE-197: a number that is cut',
    run: ported((other) => [other + 2 ** 16, other + 2 ** 32]),
  },
];
