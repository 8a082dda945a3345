import type { IdentityName } from '../contracts/identity-names.ts';
import type { SecretSource } from '../secrets/source.ts';
import type { Slot } from '../contracts/slot.ts';
import { parseDurationMs } from './schema/quantities.ts';
import { hostVariableIn, type InjectInput, type SlotInput } from './schema/inject-schema.ts';

/**
 * Resolves a rule's `inject` as the manifest states it. The result is safe to print: it names the place of a secret,
 * never its value.
 */

/** Replaces `~/` in a host path with `homeDir`. */
export const atHome = (path: string, homeDir: string): string => path.replace(/^~(?=\/)/, () => homeDir);

export type ResolvedInjection =
  /** src/secrets defines the identity's secret, its slot and the bottle's variable. */
  | { readonly identity: IdentityName }
  | {
      readonly slot: Slot;
      readonly source: SecretSource;
      /** The bottle's variable that gets the placeholder. */
      readonly env?: string;
    };

/**
 * Resolves a rule's `inject`. `homeDir` is the user's home folder, for `~/`. Requires that the manifest has passed its
 * checks.
 */
export function resolveInjection(inject: InjectInput, homeDir: string): ResolvedInjection {
  if (typeof inject === 'string') return { identity: inject };
  return {
    slot: slotOf(inject),
    source: sourceOf(inject, homeDir),
    ...(inject.env === undefined ? {} : { env: inject.env }),
  };
}

function slotOf({ header, basic, query, sigv4 }: SlotInput): Slot {
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
