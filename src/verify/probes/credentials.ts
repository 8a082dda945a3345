import { join } from 'node:path';
import { carryLoot, ofOwnEnvironment, readingBy } from '../guest/loot.ts';
import { ofAllProcesses, withOwnProcess } from '../guest/processes.ts';
import { carryHome } from '../guest/wire.ts';
import type { Probe, Run, CredentialFile } from './probe.ts';

/** Searches for the user's credentials in environments, arguments and files. */

/**
 * Searches this file of all processes and sends home what it finds; the control finds a process of the bottle by the
 * same code.
 */
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

/** Probes for words in the environment and arguments of the launcher and other processes. */
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

interface Words {
  readonly id: string;
  readonly what: string;
  /** Its path in a home folder. */
  readonly inHome: string;
}

function homes(): string[] {
  const { HOME = '' } = process.env;
  return [HOME, '/root', '/home/agent'].filter((home) => home !== '');
}

const file = (of: CredentialFile, { id, what, inHome }: Words): Probe => ({
  family: 'credentials',
  id,
  claim: `The user's ${what} cannot be read.`,
  attack: `read the ${what}`,
  oracle: { kind: 'loot', of },
  control: 'canary',
  breach: 'has keys of the user, and uses them from anywhere',
  source: 'MITRE ATT&CK T1552.001, credentials in files, and T1552.004, private keys',
  run: readingBy(
    (path) => [path, ...homes().map((home) => join(home, inHome))],
    (t) => t.lootPaths[of],
  ),
});

/** Probes for credential files of tools: on the host, and where a bottle would show them. */
export const CREDENTIAL_FILES: readonly Probe[] = [
  file('sshKey', { id: 'ssh-key', what: 'private SSH key', inHome: '.ssh/id_ed25519' }),
  file('gitCredentials', { id: 'git-credentials', what: 'passwords of git', inHome: '.git-credentials' }),
  file('npmrc', { id: 'npmrc', what: 'tokens of npm', inHome: '.npmrc' }),
  file('netrc', { id: 'netrc', what: 'passwords in .netrc', inHome: '.netrc' }),
  file('awsCredentials', { id: 'aws-credentials', what: 'keys of AWS', inHome: '.aws/credentials' }),
  file('gcloudCredentials', {
    id: 'gcloud-credentials',
    what: 'tokens of Google Cloud',
    inHome: '.config/gcloud/application_default_credentials.json',
  }),
  file('ghHosts', { id: 'gh-hosts', what: "token of GitHub's program", inHome: '.config/gh/hosts.yml' }),
  file('dockerConfig', { id: 'docker-config', what: 'passwords of Docker', inHome: '.docker/config.json' }),
  file('claudeCredentials', {
    id: 'claude-credentials',
    what: 'tokens of Claude Code',
    inHome: '.claude/.credentials.json',
  }),
  file('codexAuth', { id: 'codex-auth', what: 'tokens of Codex', inHome: '.codex/auth.json' }),
];
