import type { Probe } from './probe.ts';

/** The bottle beside: another agent's, of the same user, on the same rung. It runs while this one is attacked. */

const reach = {
  family: 'ways',
  oracle: { kind: 'sibling' },
  control: 'sibling',
  breach: "works in another agent's bottle, with that one's grants",
} as const;
const find = {
  ...reach,
  oracle: { kind: 'loot', of: 'sibling' },
  breach: 'has what another agent works on',
} as const;

export const SIBLINGS: readonly Probe[] = [
  {
    ...reach,
    id: 'sibling-tcp',
    claim: 'No port of another bottle can be connected to.',
    attack: "connect to another bottle's addresses",
    source: 'brig-sh/brig #15: sandboxes on one network; moby/moby #21990',
  },
  {
    ...reach,
    id: 'sibling-udp',
    claim: 'No datagram reaches another bottle.',
    attack: 'send a datagram to another bottle',
    source: 'brig-sh/brig #15: sandboxes on one network; moby/moby #21990',
  },
  {
    ...reach,
    id: 'sibling-unix',
    claim: 'No Unix socket of another bottle can be connected to.',
    attack: "connect to another bottle's Unix sockets",
    source: 'unix(7): abstract names belong to a network namespace; CVE-2020-15257',
  },
  {
    ...reach,
    id: 'sibling-gateway',
    claim: "No bottle can use another one's gateway.",
    attack: "ask another bottle's gateway, by proxy and DNS",
    closedInTheOpen: 'a plain process has no gateway of its own',
    breach: "goes where another agent may go, with that one's secrets, and is in that one's log",
    source: '1996fanrui/agents-sandbox #215: services of another sandbox; MITRE ATT&CK T1090.001',
  },
  {
    ...find,
    id: 'sibling-files',
    claim: "No temporary file of another bottle's can be read.",
    attack: "read another bottle's files by their own paths",
    source: 'CWE-377: temporary files in a folder that all share; namespaces(7)',
  },
  {
    ...find,
    id: 'sibling-processes',
    claim: "No process of another bottle's can be seen.",
    attack: "read another bottle's command lines in /proc",
    source: 'proc_pid_cmdline(5); pid_namespaces(7)',
  },
];

/** Their controls are made in the bottle beside. */
export const SIBLING_IDS: readonly string[] = SIBLINGS.map(({ id }) => id);
