import type { SecretSlot, SecretSource } from '../secrets/source.ts';
import { atHome } from './at-home.ts';
import { parseDurationMs } from './schema/durations.ts';
import {
  hostVariableIn,
  type InjectInput,
  type InjectPreset,
  type SlotInput,
} from './schema/inject-schema.ts';

/** The identity of a rule, as the manifest says it. Printable: where a secret is, never what it is. */

export type ResolvedInjection =
  /** Which secret, where it goes and what the bottle sees of it: src/secrets knows. */
  | { readonly preset: InjectPreset }
  | {
      readonly slot: SecretSlot;
      readonly source: SecretSource;
      /** A variable of the bottle that gets a placeholder. */
      readonly env?: string;
    };

/** What a rule's `inject` stands for; `homeDir` is the user's, for `~/`. The manifest has passed its checks. */
export function resolveInjection(inject: InjectInput, homeDir: string): ResolvedInjection {
  if (typeof inject === 'string') return { preset: inject };
  return {
    slot: slotOf(inject),
    source: sourceOf(inject, homeDir),
    ...(inject.env === undefined ? {} : { env: inject.env }),
  };
}

function slotOf({ header, basic, query, sigv4 }: SlotInput): SecretSlot {
  if (header !== undefined) return { kind: 'header', name: header.toLowerCase() };
  if (basic !== undefined) return { kind: 'basic', user: basic };
  if (query !== undefined) return { kind: 'query', name: query };
  if (sigv4 === undefined) return { kind: 'bearer' };
  return {
    kind: 'sigv4',
    service: sigv4.service,
    region: sigv4.region,
    ...(sigv4.access_key_id === undefined ? {} : { accessKeyId: sigv4.access_key_id }),
  };
}

function sourceOf({ secret, sigv4 }: SlotInput, homeDir: string): SecretSource {
  if (typeof secret === 'string') {
    const name = hostVariableIn(secret);
    return name === undefined ? { kind: 'onePassword', reference: secret } : { kind: 'env', name };
  }
  const { env, file, command, refresh, keyring } = secret;
  if (env !== undefined) return { kind: 'env', name: env };
  if (file !== undefined) return { kind: 'file', hostPath: atHome(file, homeDir) };
  if (keyring !== undefined) return { kind: 'keyring', ...keyring };
  const refreshMs = refresh === undefined ? undefined : parseDurationMs(refresh);
  const isAws = sigv4 !== undefined && sigv4.access_key_id === undefined;
  return {
    kind: 'command',
    argv: command ?? [],
    ...(refreshMs === undefined ? {} : { refreshMs }),
    ...(isAws ? { gives: 'awsCredentials' as const } : {}),
  };
}
