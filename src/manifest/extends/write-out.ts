import type { BottleInput } from '../schema/schema.ts';
import type { Settings } from './settings.ts';

/**
 * Returns a bottle with all inherited settings in the form of a bottle that extends nothing: the reverse of
 * `ownSettings`. Sizes are in bytes; variables are as written. Relative paths stay relative to the manifest that
 * contains them. Pure.
 */
export function writeOut(settings: Settings): BottleInput {
  const rulesOf = (side: 'allow' | 'deny') =>
    settings[`egress.${side}`]?.value.map(({ value: { rule } }) => ({ ...rule }));
  const egress = said({
    allow: rulesOf('allow'),
    deny: rulesOf('deny'),
    dlp: settings['egress.dlp']?.value,
    protect: copied(settings['egress.protect']?.value),
    canary: settings['egress.canary']?.value,
    secret_rules: copied(settings['egress.secret_rules']?.value),
    max_bytes: settings['egress.max_bytes']?.value,
    max_requests: settings['egress.max_requests']?.value,
    max_tokens: settings['egress.max_tokens']?.value,
  });
  const resources = said({
    cpus: settings['resources.cpus']?.value,
    memory: settings['resources.memory']?.value,
    pids: settings['resources.pids']?.value,
    disk: settings['resources.disk']?.value,
  });
  const env = variablesOf(settings);
  return said({
    runtime: settings.runtime?.value,
    min_boundary: settings.min_boundary?.value,
    image: settings.image?.value,
    resources: ifAny(resources),
    env: ifAny(env),
    egress: ifAny(egress),
    gateway: settings.gateway?.value,
    workspace: settings.workspace?.value,
    copy_anyway: copied(settings.copy_anyway?.value),
    skills: settings.skills?.value.map(({ value }) => value),
    ssh: settings.ssh?.value.map(({ value }) => value),
  });
}

function variablesOf(settings: Settings): Record<string, string> {
  const variables = Object.entries(settings).flatMap(([key, written]): [string, string][] =>
    key.startsWith('env.') && typeof written?.value === 'string'
      ? [[key.slice('env.'.length), written.value]]
      : [],
  );
  return Object.fromEntries(variables);
}

const copied = <T>(values: readonly T[] | undefined): T[] | undefined =>
  values === undefined ? undefined : [...values];

const ifAny = <T extends object>(keys: T): T | undefined =>
  Object.keys(keys).length === 0 ? undefined : keys;

/** The same keys without those that are undefined. */
type Said<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

const said = <T extends object>(keys: T): Said<T> =>
  Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined)) as Said<T>;
