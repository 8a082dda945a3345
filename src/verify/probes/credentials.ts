import { carryLoot, ofOwnEnvironment } from '../guest/loot.ts';
import { ofAllProcesses, withOwnProcess } from '../guest/processes.ts';
import { carryHome } from '../guest/wire.ts';
import type { Probe, Run } from './probe.ts';

/** What could be stolen: words that lie in the launcher's and other processes' environment and arguments. */

/** What lies in the bottle is found and carried home, by the code that looks for what lies on the host. */
const ofProcesses = (file: string): Run => ({
  attack: async (t, nonce) => await carryLoot(t, nonce, ofAllProcesses(file)),
  control: (t, nonce) =>
    withOwnProcess(nonce, async () => {
      if (!ofAllProcesses(file).includes(nonce)) throw new Error('an own process is not seen');
      await carryHome(t, nonce);
    }),
});

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
    run: ofOwnEnvironment,
  },
  {
    ...theft,
    id: 'proc-environ',
    claim: 'The environment of no process of the host can be read.',
    attack: 'read the environment of other processes',
    oracle: { kind: 'loot', of: 'procEnviron' },
    control: 'canary',
    run: ofProcesses('environ'),
  },
  {
    ...theft,
    id: 'proc-cmdline',
    claim: 'The arguments of no process of the host can be read.',
    attack: 'read the arguments of other processes',
    oracle: { kind: 'loot', of: 'procCmdline' },
    control: 'canary',
    run: ofProcesses('cmdline'),
  },
];
