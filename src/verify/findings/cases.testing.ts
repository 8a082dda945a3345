import type { Severity } from './finding.ts';
import type { SubjectParts } from './subject.testing.ts';

/** A kind with its severity, a bottle that has it, and a similar bottle that does not. */
export interface Case {
  readonly id: string;
  readonly severity: Severity;
  readonly has: SubjectParts;
  readonly not: SubjectParts;
}

export const allow = (...rules: readonly object[]): SubjectParts => ({
  bottle: { egress: { allow: rules } },
});
export const egress = (keys: object): SubjectParts => ({
  bottle: { egress: { allow: [{ host: 'api.example.org' }], ...keys } },
});
export const env = (variables: object): SubjectParts => ({ bottle: { env: variables } });
export const mount = (mounted: SubjectParts['mounted'] = {}): SubjectParts => ({
  bottle: { workspace: 'mount' },
  mounted,
});
export const bearer = (name: string) => ({ bearer: true, secret: `\${${name}}` });
export const SSH = {
  host: 'git.example.org',
  user: 'git',
  identity: '~/.ssh/agent',
  known_host: 'ssh-ed25519 AAAA',
};
/** Has the shape of a GitHub token, with a valid checksum; random, and not a real token. */
export const SHAPED = ['ghp', 'x7Tq2LbN9vRk4WmZs8YcD1fHgJ6pE31prs4e'].join('_');
