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

/** ISO 8601 as programs print it, with its zone: without one, nobody knows when that is. */
const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d):?(\d\d)?$/;

export interface PrintedCredentials {
  /** The one text that the gateway takes: `ID:SECRET`, or `ID:SECRET:TOKEN` where they are temporary. */
  readonly value: string;
  /** Undefined: they do not expire, or do not say when. */
  readonly expiresAtMs?: number;
}

/**
 * The credentials that a program printed, which `from` names. Pure.
 * @throws BottleError `manifest` when the text is of another form, or they have expired; it shows nothing of them
 */
export function awsCredentialsIn(printed: string, from: string, nowMs: number): PrintedCredentials {
  const read = objectIn(printed);
  const partOf = (key: keyof typeof FORMS): string | undefined => {
    const value = read?.[key];
    return typeof value === 'string' && FORMS[key].test(value) ? value : undefined;
  };
  const [id, secret, token] = [partOf('AccessKeyId'), partOf('SecretAccessKey'), partOf('SessionToken')];
  const hasOddToken = token === undefined && (read?.['SessionToken'] ?? '') !== '';
  if (id !== undefined && secret !== undefined && !hasOddToken) {
    const value = [id, secret, ...(token === undefined ? [] : [token])].join(':');
    const expiresAtMs = expiryIn(read?.['Expiration'], from, nowMs);
    return { value, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) };
  }
  throw new BottleError('manifest', `what ${from} prints are no AWS credentials`, {
    fix: 'it is to print JSON with AccessKeyId, SecretAccessKey and SessionToken, as `aws configure export-credentials` does',
  });
}

/** One that cannot be read costs the schedule, not the start. */
function expiryIn(written: unknown, from: string, nowMs: number): number | undefined {
  const found = TIME.exec(typeof written === 'string' ? written : '');
  if (found === null) return undefined;
  const [, date, time, zone, minutes = '00'] = found;
  const expiresAtMs = Date.parse(`${date}T${time}${zone === 'Z' ? zone : `${zone}:${minutes}`}`);
  if (Number.isNaN(expiresAtMs)) return undefined;
  if (expiresAtMs > nowMs) return expiresAtMs;
  const when = new Date(expiresAtMs).toISOString();
  throw new BottleError('manifest', `the AWS credentials that ${from} prints expired at ${when}`, {
    fix: 'log in again where it takes them from (aws sso login), or have it ask for new ones; see that this computer’s clock is right',
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
