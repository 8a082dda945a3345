import { BottleError } from '../errors.ts';
import { PRESETS, type Credential, type Preset, type PresetName } from './presets.ts';
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
  | { readonly preset: PresetName }
  | { readonly slot: Slot; readonly source: SecretSource; readonly env?: string };

/** A rule with `inject`: its name and its host. */
export interface InjectingRule {
  readonly id: string;
  readonly host: string;
  readonly inject: Inject;
}

/**
 * Returns the identity of a rule. `isSet` returns whether a variable of this host has a value. Pure.
 * @throws BottleError `manifest`: a preset finds no secret on this host
 */
export function identityOf(rule: InjectingRule, isSet: (variable: string) => boolean): Identity {
  const { inject, host, id } = rule;
  if ('source' in inject) return { name: describeSource(inject.source), ...inject };
  const preset: Preset = PRESETS[inject.preset];
  const found = preset.credentials.find(({ source }) => source.kind !== 'env' || isSet(source.name));
  if (found === undefined)
    throw new BottleError(
      'manifest',
      `${id}: \`inject: ${inject.preset}\` finds no secret on this computer`,
      {
        details: preset.credentials.map(({ source }) => `looked for ${describeSource(source)}`),
        fix: preset.fix,
      },
    );
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
