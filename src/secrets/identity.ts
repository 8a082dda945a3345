import type { IdentityName } from '../contracts/identity-names.ts';
import { BottleError } from '../errors.ts';
import { describeSource, type SecretSource } from './source.ts';
import type { Slot } from '../contracts/slot.ts';

/** A rule's `inject`, resolved on this host. Safe to print: it names the place of a secret, never its value. */
export interface Identity {
  /** The secret's name. The same source always has the same name, so it is read only once. */
  readonly name: string;
  readonly source: SecretSource;
  readonly slot: Slot;
  /** The bottle's variable that gets the placeholder. */
  readonly env?: string;
}

/** A rule's `inject`, as the manifest states it. */
export type Inject =
  | { readonly identity: IdentityName }
  | { readonly slot: Slot; readonly source: SecretSource; readonly env?: string };

/** A rule with `inject`: its name and its host. */
export interface InjectingRule {
  readonly id: string;
  readonly host: string;
  readonly inject: Inject;
}

/**
 * Returns the identity of a rule. `isSet` returns whether a variable of this host has a value. Pure.
 * @throws BottleError `manifest`: a named identity finds no secret on this host
 */
export function identityOf(rule: InjectingRule, isSet: (variable: string) => boolean): Identity {
  const { inject, host, id } = rule;
  if ('source' in inject) return { name: describeSource(inject.source), ...inject };
  const named = NAMED_IDENTITIES[inject.identity];
  const found = named.credentials.find(({ source }) => source.kind !== 'env' || isSet(source.name));
  if (found === undefined)
    throw new BottleError('manifest', `${id}: \`inject: ${inject.identity}\` finds no secret on this host`, {
      details: named.credentials.map(({ source }) => `looked for ${describeSource(source)}`),
      fix: named.fix,
    });
  const { source, env } = found;
  return { name: describeSource(source), source, slot: slotAt(found, host), env };
}

const slotAt = ({ slot, elsewhere }: Credential, host: string): Slot => elsewhere?.[host] ?? slot;

/** A secret to read, and the bottle's variables that get its placeholder. */
export interface WantedSecret {
  readonly name: string;
  readonly source: SecretSource;
  readonly variables: readonly string[];
}

/**
 * Returns each secret once, even if several rules use it.
 * @throws BottleError `manifest`: one variable of the bottle would have to hold two placeholders
 */
export function wantedSecrets(identities: readonly Identity[]): readonly WantedSecret[] {
  const owners = new Map<string, string>();
  for (const { env, name } of identities) {
    if (env === undefined) continue;
    const owner = owners.get(env) ?? name;
    if (owner !== name)
      throw new BottleError('manifest', `the bottle’s variable ${env} would stand for two secrets`, {
        details: [owner, name],
        fix: 'give one of the two another `env`',
      });
    owners.set(env, name);
  }
  const secrets = new Map(identities.map(({ name, source }) => [name, source]));
  return [...secrets].map(([name, source]) => ({
    name,
    source,
    variables: [...owners].flatMap(([variable, owner]) => (owner === name ? [variable] : [])),
  }));
}

/**
 * Identities that a manifest names with one word: the secret's source, its slot in a request, and the bottle's
 * variable. Data only.
 */

interface Credential {
  readonly source: SecretSource;
  /** The bottle's variable that holds the placeholder. */
  readonly env: string;
  readonly slot: Slot;
  /** Hosts that need the secret in another slot. */
  readonly elsewhere?: { readonly [host: string]: Slot };
}

interface NamedIdentity {
  /**
   * In order of preference. The first whose variable is set is used; a source that is not a variable always matches.
   */
  readonly credentials: readonly Credential[];
  /** Tells the user what to do if no credential is found. */
  readonly fix: string;
}

const bearer: Slot = { kind: 'bearer' };
/** GitHub's git and download hosts accept a token as the password of any user; GitHub documents this user. */
const asPassword: Slot = { kind: 'basic', user: 'x-access-token' };

const variable = (name: string, rest: Omit<Credential, 'source' | 'env'>, env = name): Credential => ({
  source: { kind: 'env', name },
  env,
  ...rest,
});

const github = { slot: bearer, elsewhere: { 'github.com': asPassword, 'codeload.github.com': asPassword } };

export const NAMED_IDENTITIES: Readonly<Record<IdentityName, NamedIdentity>> = {
  anthropic: {
    // Same order as in Claude Code.
    credentials: [
      variable('ANTHROPIC_API_KEY', { slot: { kind: 'header', name: 'x-api-key' } }),
      variable('CLAUDE_CODE_OAUTH_TOKEN', { slot: bearer }),
    ],
    fix: 'export ANTHROPIC_API_KEY=..., or CLAUDE_CODE_OAUTH_TOKEN with what `claude setup-token` prints',
  },
  openai: {
    credentials: [
      variable('OPENAI_API_KEY', { slot: bearer }),
      // `codex exec` reads this variable.
      variable('CODEX_API_KEY', { slot: bearer }),
    ],
    fix: 'export OPENAI_API_KEY=..., or CODEX_API_KEY',
  },
  github: {
    credentials: [
      variable('GH_TOKEN', github),
      variable('GITHUB_TOKEN', github, 'GH_TOKEN'),
      { source: { kind: 'command', argv: ['gh', 'auth', 'token'] }, env: 'GH_TOKEN', ...github },
    ],
    fix: 'export GH_TOKEN=..., or log in: gh auth login',
  },
  npm: {
    credentials: [variable('NPM_TOKEN', { slot: bearer }), variable('NODE_AUTH_TOKEN', { slot: bearer })],
    fix: 'export NPM_TOKEN=...',
  },
};
