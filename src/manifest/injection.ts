import { atHome } from './at-home.ts';
import { parseDurationMs } from './schema/durations.ts';
import {
  hostVariableIn,
  type InjectInput,
  type InjectPreset,
  type SlotInput,
  type SourceInput,
} from './schema/inject-schema.ts';

/** The identity of a rule, as the manifest says it. Printable: where a secret is, never what it is. */

export type ResolvedInjection =
  /** Which secret, where it goes and what the bottle sees of it: src/secrets knows. */
  | { readonly preset: InjectPreset }
  | {
      readonly slot: ResolvedSlot;
      readonly source: SecretSource;
      /** A variable of the bottle that gets a placeholder. */
      readonly env?: string;
    };

/** As `Slot` in gateway/config.ts. */
export type ResolvedSlot =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'bearer' }
  | { readonly kind: 'basic'; readonly user: string }
  | { readonly kind: 'query'; readonly name: string }
  | {
      readonly kind: 'sigv4';
      readonly service: string;
      readonly region: string;
      readonly accessKeyId: string;
    };

/** Where on this host a secret is read from, at start. */
export type SecretSource =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly hostPath: string }
  | {
      readonly kind: 'command';
      readonly argv: readonly string[];
      /** How long its answer is good for; undefined: as long as the bottle runs. */
      readonly refreshMs?: number;
    }
  | { readonly kind: 'keyring'; readonly service: string; readonly account: string }
  /** `op://vault/item/field`, for 1Password's program. */
  | { readonly kind: 'onePassword'; readonly reference: string };

/** What a rule's `inject` stands for; `homeDir` is the user's, for `~/`. The manifest has passed its checks. */
export function resolveInjection(inject: InjectInput, homeDir: string): ResolvedInjection {
  if (typeof inject === 'string') return { preset: inject };
  return {
    slot: slotOf(inject),
    source: sourceOf(inject.secret, homeDir),
    ...(inject.env === undefined ? {} : { env: inject.env }),
  };
}

/** One word or two about where a secret is, for people and as its name. */
export function describeSource(source: SecretSource): string {
  switch (source.kind) {
    case 'env':
      return `the variable ${source.name}`;
    case 'file':
      return `the file ${source.hostPath}`;
    case 'command':
      return `the command ${source.argv.join(' ')}`;
    case 'keyring':
      return `the keyring’s ${source.service} of ${source.account}`;
    case 'onePassword':
      return source.reference;
  }
}

function slotOf({ header, basic, query, sigv4 }: SlotInput): ResolvedSlot {
  if (header !== undefined) return { kind: 'header', name: header.toLowerCase() };
  if (basic !== undefined) return { kind: 'basic', user: basic };
  if (query !== undefined) return { kind: 'query', name: query };
  if (sigv4 === undefined) return { kind: 'bearer' };
  return {
    kind: 'sigv4',
    service: sigv4.service,
    region: sigv4.region,
    accessKeyId: sigv4.access_key_id,
  };
}

function sourceOf(secret: string | SourceInput, homeDir: string): SecretSource {
  if (typeof secret === 'string') {
    const name = hostVariableIn(secret);
    return name === undefined ? { kind: 'onePassword', reference: secret } : { kind: 'env', name };
  }
  const { env, file, command, refresh, keyring } = secret;
  if (env !== undefined) return { kind: 'env', name: env };
  if (file !== undefined) return { kind: 'file', hostPath: atHome(file, homeDir) };
  if (keyring !== undefined) return { kind: 'keyring', ...keyring };
  const refreshMs = refresh === undefined ? undefined : parseDurationMs(refresh);
  return { kind: 'command', argv: command ?? [], ...(refreshMs === undefined ? {} : { refreshMs }) };
}
