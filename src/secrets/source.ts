import { shellLine } from '../host/shell-words.ts';

/** Types for a secret: its source on this host, its slot in a request, and its value in memory. */

export type SecretSource =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly hostPath: string }
  | {
      readonly kind: 'command';
      readonly argv: readonly string[];
      /** Validity of the output, in milliseconds. Undefined: until its stated expiry, or until a host rejects it. */
      readonly refreshMs?: number;
      /** The output's format. Undefined: the secret alone. */
      readonly gives?: 'awsCredentials';
    }
  | { readonly kind: 'keyring'; readonly service: string; readonly account: string }
  /** `op://vault/item/field`, which 1Password's program `op` reads. */
  | { readonly kind: 'onePassword'; readonly reference: string };

/** A function that returns a secret's value. Code that prints or serialises its holder does not show the value. */
export interface HeldSecret {
  (): string;
  /** When the secret expires, if its source states that. */
  readonly expiresAtMs?: number;
}

/** Describes a source unambiguously. The result is the secret's name in the log; it never contains the value. */
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
