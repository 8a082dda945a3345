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

/** The secrets of one bottle: read when it starts, for its gateway; the bottle has what stands for them. */
export interface BottleSecrets {
  /** Variables of the bottle, each with a placeholder. */
  readonly env: Readonly<Record<string, string>>;
  /** A function, so that nothing that prints a request shows a value; undefined: there are none. */
  readonly forGateway: () => GatewaySecrets | undefined;
  /** Those of them that expire. */
  readonly refreshes: readonly Refresh[];
  /** What lies in the bottle for a thief to take. */
  readonly bait: string | undefined;
}

/** What may not leave besides. */
interface Kept {
  readonly protectedValues: readonly ProtectedValue[];
  readonly bait: Bait | undefined;
}

/**
 * Reads the secrets of these identities, each once, and draws a placeholder for each.
 * @throws BottleError `manifest` or `dependencyMissing`, never with a value in it
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

/** The texts of what is lent, by where each is from: for whoever looks whether the bottle has one of them. */
export function lentTexts({ forGateway }: BottleSecrets): readonly ReadSecret[] {
  return Object.entries(forGateway()?.inject ?? {}).map(([name, secret]) => ({
    name,
    texts: secretTexts(secret, secret.value),
  }));
}

/** For a plan, which reads nothing. */
export function plannedSecrets(identities: readonly Identity[]): BottleSecrets {
  const variables = wantedSecrets(identities).flatMap(({ variables }) => variables);
  return {
    env: Object.fromEntries(variables.map((name) => [name, 'PLACEHOLDER'])),
    forGateway: () => undefined,
    refreshes: [],
    bait: undefined,
  };
}
