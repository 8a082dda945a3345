import type { Probe } from './probe.ts';

/** What could be stolen: words that lie in the launcher's and other processes' environment and arguments. */

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
];
