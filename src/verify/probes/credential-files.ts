import { join } from 'node:path';
import { readingBy } from '../guest/loot.ts';
import type { CredentialFile, Probe } from './probe.ts';

/** Files where tools keep what opens something: on the host, and where a bottle would show them. */

interface Words {
  readonly id: string;
  readonly what: string;
  /** Where in a home folder it lies. */
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
