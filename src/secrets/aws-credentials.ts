import { BottleError } from '../errors.ts';

/**
 * AWS credentials that programs print in the format of `credential_process` ("Sourcing credentials with an external
 * process" in the AWS SDKs and Tools Reference Guide). `aws configure export-credentials` prints the same format.
 */

const FORMS = {
  AccessKeyId: /^[A-Z0-9]{16,128}$/,
  SecretAccessKey: /^[A-Za-z0-9/+=]{16,128}$/,
  SessionToken: /^[\x21-\x39\x3b-\x7e]{16,}$/,
} as const;

/** ISO 8601 as programs print it. The time zone is required: without it, the time is ambiguous. */
const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d):?(\d\d)?$/;

export interface PrintedCredentials {
  /** The format that the gateway accepts: `ID:SECRET`, or `ID:SECRET:TOKEN` for temporary credentials. */
  readonly value: string;
  /** Undefined: the credentials do not expire, or do not state when. */
  readonly expiresAtMs?: number;
}

/**
 * Parses the credentials that a program printed. `from` names the program in errors. Pure.
 * @throws BottleError `manifest`: the text has another format, or the credentials have expired; shows no part of them
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

/** An expiry that does not parse only prevents a scheduled refresh; the start continues. */
function expiryIn(written: unknown, from: string, nowMs: number): number | undefined {
  const found = TIME.exec(typeof written === 'string' ? written : '');
  if (found === null) return undefined;
  const [, date, time, zone, minutes = '00'] = found;
  const expiresAtMs = Date.parse(`${date}T${time}${zone === 'Z' ? zone : `${zone}:${minutes}`}`);
  if (Number.isNaN(expiresAtMs)) return undefined;
  if (expiresAtMs > nowMs) return expiresAtMs;
  const when = new Date(expiresAtMs).toISOString();
  throw new BottleError('manifest', `the AWS credentials that ${from} prints expired at ${when}`, {
    fix: 'log in again where it takes them from (aws sso login), or have it ask for new ones; see that this host’s clock is right',
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
