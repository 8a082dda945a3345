import type { Probe } from './probe.ts';

/** What could be stolen: words that lie in the launcher's and other processes' environment and arguments, and a key. */

const theft = {
  family: 'credentials',
  breach: 'has keys of the user, and uses them from anywhere',
  source: 'OpenShell #112: secrets in variables and /proc/PID/environ; CWE-526, CWE-214 (arguments)',
} as const;

export const CREDENTIALS: readonly Probe[] = [
  {
    ...theft,
    id: 'environment',
    claim: "Nothing of the launcher's environment is in the bottle.",
    attack: "read the launcher's environment",
    oracle: { kind: 'loot', of: 'environment' },
    control: 'canary',
  },
  {
    ...theft,
    id: 'proc-environ',
    claim: 'The environment of no process of the host can be read.',
    attack: 'read the environment of other processes',
    oracle: { kind: 'loot', of: 'procEnviron' },
    control: 'canary',
  },
  {
    ...theft,
    id: 'proc-cmdline',
    claim: 'The arguments of no process of the host can be read.',
    attack: 'read the arguments of other processes',
    oracle: { kind: 'loot', of: 'procCmdline' },
    control: 'canary',
  },
  {
    ...theft,
    id: 'ca-key',
    claim: "The key by which the bottle's own authority vouches for hosts is nowhere in the bottle.",
    attack: 'find the key of its authority, and sign with it',
    oracle: { kind: 'signed' },
    control: 'canary',
    closedInTheOpen: 'in the open there is no authority of its own',
    breach: "is any host to the bottle's other programs, and reads what they send",
    source: 'mitmproxy, About Certificates: certificate and key in one file; MITRE ATT&CK T1552.004',
  },
];
