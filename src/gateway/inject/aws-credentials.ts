import type { InjectedSecret } from '../config.ts';

/** AWS credentials, as the parts of a secret. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Set for temporary credentials. */
  readonly sessionToken?: string;
}

/** Parses `ID:SECRET` or `ID:SECRET:TOKEN`; returns undefined for any other text. */
export function readAwsCredentials(text: string): AwsCredentials | undefined {
  const [accessKeyId = '', secretAccessKey = '', sessionToken, ...more] = text.split(':');
  if (accessKeyId === '' || secretAccessKey === '' || sessionToken === '' || more.length > 0)
    return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

/**
 * The secret texts in this value. The scan searches for the parts of AWS credentials, because the value as a
 * whole does not appear in traffic.
 */
export function secretTexts({ gives }: Pick<InjectedSecret, 'gives'>, value: string): readonly string[] {
  const parts = gives === undefined ? undefined : readAwsCredentials(value);
  if (parts === undefined) return [value];
  const { secretAccessKey, sessionToken } = parts;
  return sessionToken === undefined ? [secretAccessKey] : [secretAccessKey, sessionToken];
}
