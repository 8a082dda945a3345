import type { CredentialFile, Probe } from './probe.ts';

/** Files where tools keep what opens something: on the host, and where a bottle would show them. */

const file = (of: CredentialFile, id: string, what: string): Probe => ({
  family: 'credentials',
  id,
  claim: `The user's ${what} cannot be read.`,
  attack: `read the ${what}`,
  oracle: { kind: 'loot', of },
  control: 'canary',
  breach: 'has keys of the user, and uses them from anywhere',
  source: 'MITRE ATT&CK T1552.001, credentials in files, and T1552.004, private keys',
});

export const CREDENTIAL_FILES: readonly Probe[] = [
  file('sshKey', 'ssh-key', 'private SSH key'),
  file('gitCredentials', 'git-credentials', 'passwords of git'),
  file('npmrc', 'npmrc', 'tokens of npm'),
  file('netrc', 'netrc', 'passwords in .netrc'),
  file('awsCredentials', 'aws-credentials', 'keys of AWS'),
  file('gcloudCredentials', 'gcloud-credentials', 'tokens of Google Cloud'),
  file('ghHosts', 'gh-hosts', "token of GitHub's program"),
  file('dockerConfig', 'docker-config', 'passwords of Docker'),
  file('claudeCredentials', 'claude-credentials', 'tokens of Claude Code'),
  file('codexAuth', 'codex-auth', 'tokens of Codex'),
];
