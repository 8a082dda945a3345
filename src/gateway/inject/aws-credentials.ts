import type { InjectedSecret } from '../config.ts';

/** The parts of a secret that are credentials of AWS. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary ones. */
  readonly sessionToken?: string;
}

/** `ID:SECRET`, or `ID:SECRET:TOKEN`; undefined for a text of another form. */
export function readAwsCredentials(text: string): AwsCredentials | undefined {
  const [accessKeyId = '', secretAccessKey = '', sessionToken, ...more] = text.split(':');
  if (accessKeyId === '' || secretAccessKey === '' || sessionToken === '' || more.length > 0)
    return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

/** The texts of this value that are secret: one that nobody would recognise as a whole is looked for by its parts. */
export function secretTexts({ gives }: Pick<InjectedSecret, 'gives'>, value: string): readonly string[] {
  const parts = gives === undefined ? undefined : readAwsCredentials(value);
  if (parts === undefined) return [value];
  const { secretAccessKey, sessionToken } = parts;
  return sessionToken === undefined ? [secretAccessKey] : [secretAccessKey, sessionToken];
}
