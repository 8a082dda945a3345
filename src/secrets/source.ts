import { shellLine } from '../host/shell-words.ts';

/** Where on this host a secret is, where in a request it goes, and how it is held once it was read. */

/** A place of a request, as `Slot` of the gateway. */
export type SecretSlot =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'bearer' }
  | { readonly kind: 'basic'; readonly user: string }
  | { readonly kind: 'query'; readonly name: string }
  | {
      readonly kind: 'sigv4';
      readonly service: string;
      readonly region: string;
      /** Undefined: the secret says it. */
      readonly accessKeyId?: string;
    };

export type SecretSource =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly hostPath: string }
  | {
      readonly kind: 'command';
      readonly argv: readonly string[];
      /** How long its answer is good for; undefined: as long as it says itself, or hosts take it. */
      readonly refreshMs?: number;
      /** What it prints: the secret alone, or a form of several parts. */
      readonly gives?: 'awsCredentials';
    }
  | { readonly kind: 'keyring'; readonly service: string; readonly account: string }
  /** `op://vault/item/field`, for 1Password's program. */
  | { readonly kind: 'onePassword'; readonly reference: string };

/** A secret's value, behind a function: what prints or writes what holds it shows nothing. */
export interface HeldSecret {
  (): string;
  /** From when on it is worth nothing, where what gave it has said so. */
  readonly expiresAtMs?: number;
}

/** Where it is, in words that tell two sources apart: its name in the log, and never what it is. */
export function describeSource(source: SecretSource): string {
  switch (source.kind) {
    case 'env':
      return `the variable ${source.name}`;
    case 'file':
      return `the file ${source.hostPath}`;
    case 'command':
      return `the command ${shellLine(source.argv)}${source.gives === undefined ? '' : ' (AWS credentials)'}`;
    case 'keyring':
      return `the keyring’s ${source.service} of ${source.account}`;
    case 'onePassword':
      return source.reference;
  }
}
