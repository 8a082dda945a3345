import type { GatewaySecrets, InjectedSecret } from '../config.ts';
import { secretFault } from './apply.ts';

/** Reads the secrets from the gateway's standard input: one text, read once, kept in memory only. */

/**
 * Parses the secrets that the launcher wrote.
 * @throws Error when the form is wrong or a value cannot be used; names the secret, and never shows any of the text
 */
export function readGatewaySecrets(text: string): GatewaySecrets {
  const { inject, protect, proxyAuthorization } = objectIn(parse(text), 'the secrets');
  return {
    inject: Object.fromEntries(
      Object.entries(objectIn(inject, 'inject')).map(([name, entry]) => [name, injected(name, entry)]),
    ),
    protect: listIn(protect, 'protect').map(protectedValue),
    ...(proxyAuthorization === undefined
      ? {}
      : { proxyAuthorization: textIn(proxyAuthorization, 'proxyAuthorization') }),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Without the parser's message and without a cause: they quote the text.
    throw new Error('the secrets are not JSON');
  }
}

function injected(name: string, entry: unknown): InjectedSecret {
  const { value, placeholder, isRenewable, gives } = objectIn(entry, name);
  const secret = {
    value: textIn(value, name),
    placeholder: textIn(placeholder, name),
    ...(isRenewable === true ? { isRenewable: true as const } : {}),
    ...(gives === 'awsCredentials' ? { gives: 'awsCredentials' as const } : {}),
  };
  const fault = secretFault(secret.value) ?? secretFault(secret.placeholder);
  if (fault !== undefined) throw new Error(`the secret ${name} ${fault}`);
  if (secret.value === secret.placeholder) throw new Error(`the placeholder of ${name} is the secret itself`);
  return secret;
}

function protectedValue(entry: unknown): GatewaySecrets['protect'][number] {
  const { name, value, kind } = objectIn(entry, 'protect');
  if (kind !== 'secret' && kind !== 'canary')
    throw new Error('a protected value is neither secret nor canary');
  return { name: textIn(name, 'protect'), value: textIn(value, 'protect'), kind };
}

function objectIn(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Error(`${name}: must be an object`);
}

function listIn(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error(`${name}: must be a list`);
}

function textIn(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`${name}: must be a text`);
}
