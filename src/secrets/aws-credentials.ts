import { BottleError } from '../errors.ts';

/**
 * AWS credentials as programs print them: the form of `credential_process` ("Sourcing credentials with an external process" in
 * the AWS SDKs and Tools Reference Guide), which `aws configure export-credentials` has too.
 */

const FORMS = {
  AccessKeyId: /^[A-Z0-9]{16,128}$/,
  SecretAccessKey: /^[A-Za-z0-9/+=]{16,128}$/,
  SessionToken: /^[\x21-\x39\x3b-\x7e]{16,}$/,
} as const;

/**
 * The credentials as the one text that the gateway takes: `ID:SECRET`, or `ID:SECRET:TOKEN` where they are temporary. Pure.
 * @throws BottleError `manifest` when the text is of another form; it shows nothing of it
 */
export function awsCredentialsIn(printed: string, from: string): string {
  const read = objectIn(printed);
  const partOf = (key: keyof typeof FORMS): string | undefined => {
    const value = read?.[key];
    return typeof value === 'string' && FORMS[key].test(value) ? value : undefined;
  };
  const [id, secret, token] = [partOf('AccessKeyId'), partOf('SecretAccessKey'), partOf('SessionToken')];
  const hasOddToken = token === undefined && (read?.['SessionToken'] ?? '') !== '';
  if (id !== undefined && secret !== undefined && !hasOddToken)
    return [id, secret, ...(token === undefined ? [] : [token])].join(':');
  throw new BottleError('manifest', `what ${from} prints are no AWS credentials`, {
    fix: 'it is to print JSON with AccessKeyId, SecretAccessKey and SessionToken, as `aws configure export-credentials` does',
  });
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
