import { randomInt } from 'node:crypto';
import type { GatewaySecrets } from '../../gateway/config.ts';
import { secretTexts } from '../../gateway/inject/aws-credentials.ts';
import { placeholderFor } from '../../gateway/inject/placeholder.ts';
import type { ReadSecret } from '../../manifest/exposed-secrets.ts';
import { wantedSecrets, type Identity } from '../../secrets/identity.ts';
import type { ProtectedValue } from '../../secrets/protected/values.ts';
import type { Bait } from '../guest/bait.ts';
import { readSecret } from '../../secrets/read.ts';
import type { Refresh } from '../state/record.ts';
import { refreshesOf } from './refreshes.ts';
import { readFile } from 'node:fs/promises';
import { BottleError, reasonOf } from '../../errors.ts';
import { readRules } from '../../gateway/dlp/rules/read.ts';
import type { RuleSet } from '../../gateway/dlp/rules/rule.ts';

/** The secrets of one bottle. The launcher reads them at the start for the gateway; the bottle gets placeholders. */
export interface BottleSecrets {
  /** Variables of the bottle, each with a placeholder. */
  readonly env: Readonly<Record<string, string>>;
  /** A function, so that printing a request shows no value. Returns undefined if there are no secrets. */
  readonly forGateway: () => GatewaySecrets | undefined;
  /** The secrets that come from commands, which can be read again. */
  readonly refreshes: readonly Refresh[];
  /** The text of the bait file in the bottle's home folder. */
  readonly bait: string | undefined;
}

/** Further values that must not leave the bottle. */
interface Kept {
  readonly protectedValues: readonly ProtectedValue[];
  readonly bait: Bait | undefined;
}

/**
 * Reads each secret of these identities once and draws a placeholder for each.
 * @throws BottleError `manifest` or `dependencyMissing`, without a value in it
 */
export async function readSecrets(
  identities: readonly Identity[],
  { protectedValues, bait }: Kept,
): Promise<BottleSecrets> {
  const wanted = wantedSecrets(identities);
  const renewed = refreshesOf(identities);
  const renewable = (name: string) =>
    renewed.some((refresh) => refresh.name === name) ? { isRenewable: true as const } : {};
  const read = await Promise.all(
    wanted.map(async ({ name, source, variables }) => {
      const held = await readSecret(source);
      const value = held();
      const { expiresAtMs } = held;
      const gives = source.kind === 'command' && source.gives !== undefined ? { gives: source.gives } : {};
      const secret = { value, placeholder: placeholderFor(value, randomInt), ...gives };
      return { name, variables, secret, expiry: expiresAtMs === undefined ? {} : { expiresAtMs } };
    }),
  );
  const env = read.flatMap(({ variables, secret }) =>
    variables.map((variable) => [variable, secret.placeholder] as const),
  );
  const inject = Object.fromEntries(
    read.map(({ name, secret }) => [name, { ...secret, ...renewable(name) }]),
  );
  const files = protectedValues.map((value) => ({ ...value, kind: 'secret' as const }));
  const protect = [...files, ...(bait?.values ?? [])];
  const secrets = { inject, protect };
  const isEmpty = read.length === 0 && protect.length === 0;
  return {
    env: Object.fromEntries(env),
    forGateway: () => (isEmpty ? undefined : secrets),
    refreshes: renewed.map((one) => ({ ...one, ...read.find(({ name }) => name === one.name)?.expiry })),
    bait: bait?.text,
  };
}

/** The texts of each injected secret, by the secret's name: to check whether the bottle contains one. */
export function lentTexts({ forGateway }: BottleSecrets): readonly ReadSecret[] {
  return Object.entries(forGateway()?.inject ?? {}).map(([name, secret]) => ({
    name,
    texts: secretTexts(secret, secret.value),
  }));
}

/** Placeholders for a plan, which reads no secret. */
export function plannedSecrets(identities: readonly Identity[]): BottleSecrets {
  const variables = wantedSecrets(identities).flatMap(({ variables }) => variables);
  return {
    env: Object.fromEntries(variables.map((name) => [name, 'PLACEHOLDER'])),
    forGateway: () => undefined,
    refreshes: [],
    bait: undefined,
  };
}

/**
 * The user's own rules for data that must not leave, from all these files together; undefined if there are none.
 * @throws BottleError `manifest` if a file cannot be read, or a rule in it is unusable
 */
export async function readSecretRules(hostPaths: readonly string[]): Promise<RuleSet | undefined> {
  if (hostPaths.length === 0) return undefined;
  const sets = await Promise.all(hostPaths.map(async (path) => readRules(await textOf(path), path)));
  return {
    rules: sets.flatMap(({ rules, allowlists }) =>
      // The allowlist of one file applies to the rules of that file only.
      rules.map((rule) => ({ ...rule, allowlists: [...(rule.allowlists ?? []), ...allowlists] })),
    ),
    allowlists: [],
  };
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new BottleError('manifest', `egress.secret_rules: ${path} cannot be read: ${reasonOf(error)}`, {
      fix: 'see that the file is there and readable, or leave it out of the manifest',
      cause: error,
    });
  }
}
