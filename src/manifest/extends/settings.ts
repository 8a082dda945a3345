import type { KeyPath, YamlDocument } from '../text/document.ts';
import type { ManifestFile } from '../text/read.ts';
import type { Place } from '../text/report.ts';
import type { RuleInput } from '../schema/rule-schema.ts';
import type { BottleInput, ImageInput, SshInput } from '../schema/schema.ts';
import { parseSizeBytes } from '../schema/quantities.ts';

/** A bottle's settings by key, each with its origin: the form in which bottles inherit settings. */

/** A value with its origin. */
export interface Written<T> {
  readonly value: T;
  readonly at: Place;
  readonly file: ManifestFile;
  readonly bottle: string;
}

/** A rule, and its index in the manifest's list. */
export interface WrittenRule {
  readonly rule: RuleInput;
  readonly index: number;
}

type EgressInput = NonNullable<BottleInput['egress']>;

/** The names match the manifest's keys. Sizes are in bytes. */
export interface SettingValues {
  readonly runtime: NonNullable<BottleInput['runtime']>;
  readonly min_boundary: NonNullable<BottleInput['min_boundary']>;
  readonly image: ImageInput;
  readonly 'resources.cpus': number;
  readonly 'resources.memory': number;
  readonly 'resources.pids': number;
  readonly 'resources.disk': number;
  readonly workspace: NonNullable<BottleInput['workspace']>;
  readonly copy_anyway: readonly string[];
  readonly gateway: NonNullable<BottleInput['gateway']>;
  readonly 'egress.allow': readonly Written<WrittenRule>[];
  readonly 'egress.deny': readonly Written<WrittenRule>[];
  readonly 'egress.dlp': NonNullable<EgressInput['dlp']>;
  readonly 'egress.canary': boolean;
  readonly 'egress.protect': readonly string[];
  readonly 'egress.secret_rules': readonly string[];
  readonly 'egress.max_bytes': number;
  readonly 'egress.max_requests': number;
  readonly 'egress.max_tokens': number;
  readonly skills: readonly Written<string>[];
  readonly ssh: readonly Written<SshInput>[];
}
export type SettingName = keyof SettingValues;

/** All settings of a bottle, by name; a variable of its environment is `env.NAME`. */
export type Settings = { readonly [Name in SettingName]?: Written<SettingValues[Name]> } & {
  readonly [variable in `env.${string}`]?: Written<string>;
};

/** Returns the settings that a bottle itself contains, without its parents'. */
export function ownSettings(
  source: { readonly file: ManifestFile; readonly document: YamlDocument },
  name: string,
  bottle: BottleInput,
): Settings {
  const written = <T>(value: T, path: KeyPath): Written<T> => ({
    value,
    at: source.document.valuePlace(['bottles', name, ...path]),
    file: source.file,
    bottle: name,
  });
  const listOf = <T>(values: readonly T[] | undefined, path: KeyPath): readonly Written<T>[] | undefined =>
    values?.map((value, index) => written(value, [...path, index]));
  const variables = Object.entries(bottle.env ?? {}).map(([key, value]) => [`env.${key}`, value] as const);
  const said = [...Object.entries(valuesOf(bottle, listOf)), ...variables]
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [key, written(value, key.split('.'))]);
  return Object.fromEntries(said) as Settings;
}

type ListOf = <T>(values: readonly T[] | undefined, path: KeyPath) => readonly Written<T>[] | undefined;

function valuesOf(
  bottle: BottleInput,
  listOf: ListOf,
): { [Name in SettingName]: SettingValues[Name] | undefined } {
  const { resources = {}, egress = {} } = bottle;
  return {
    runtime: bottle.runtime,
    min_boundary: bottle.min_boundary,
    image: bottle.image,
    'resources.cpus': resources.cpus,
    'resources.memory': sizeBytes(resources.memory),
    'resources.pids': resources.pids,
    'resources.disk': sizeBytes(resources.disk),
    workspace: bottle.workspace,
    copy_anyway: bottle.copy_anyway,
    gateway: bottle.gateway,
    'egress.allow': listOf(numbered(egress.allow), ['egress', 'allow']),
    'egress.deny': listOf(numbered(egress.deny), ['egress', 'deny']),
    'egress.dlp': egress.dlp,
    'egress.canary': egress.canary,
    'egress.protect': egress.protect,
    'egress.secret_rules': egress.secret_rules,
    'egress.max_bytes': sizeBytes(egress.max_bytes),
    'egress.max_requests': egress.max_requests,
    'egress.max_tokens': egress.max_tokens,
    skills: listOf(bottle.skills, ['skills']),
    ssh: listOf(bottle.ssh, ['ssh']),
  };
}

const numbered = (rules: readonly RuleInput[] | undefined): readonly WrittenRule[] | undefined =>
  rules?.map((rule, index) => ({ rule, index }));

const sizeBytes = (size: string | number | undefined): number | undefined =>
  size === undefined ? undefined : parseSizeBytes(size);
