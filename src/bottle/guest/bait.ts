import { GUEST } from '../../drivers/driver.ts';
import type { GatewaySecrets, Policy } from '../../gateway/config.ts';
import type { Draw } from '../../gateway/inject/draw.ts';
import { GUEST_BAIT_PATH } from './guest-files.ts';
import type { HomeStep } from './home-steps.ts';

/**
 * Worthless credentials for a thief to take. No program of an agent has a use for them, so whatever sends them out has
 * searched the home folder for credentials. Only a file, because a program that prints its environment is no thief.
 */
export interface Bait {
  /** Content of the credentials file of the AWS command line, with a profile that no program uses by default. */
  readonly text: string;
  readonly values: GatewaySecrets['protect'];
}

const TARGET = '.aws/credentials';

/** The alphabet of access key ids (RFC 4648, section 6). */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Draws new credentials on each call. */
export function drawBait(draw: Draw): Bait {
  const drawn = (alphabet: string, length: number): string =>
    Array.from({ length }, () => alphabet[draw(alphabet.length)] ?? '').join('');
  const id = `AKIA${drawn(BASE32, 16)}`;
  const key = drawn(BASE64, 40);
  const named = (part: string, value: string) =>
    ({ name: `the bait in ~/${TARGET}: ${part}`, value, kind: 'canary' }) as const;
  return {
    text: `[production]\naws_access_key_id = ${id}\naws_secret_access_key = ${key}\n`,
    values: [named('access key id', id), named('secret access key', key)],
  };
}

/** Whether the gateway would notice stolen bait: a rule inspects outgoing data. */
export const wouldBeSeen = ({ allow }: Policy): boolean => allow.some(({ dlp }) => dlp !== undefined);

/** The step that copies the bait into the home folder. */
export const baitSteps = (bait: string | undefined): readonly HomeStep[] =>
  bait === undefined ? [] : [{ kind: 'bait', guestPath: `${GUEST.home}/${TARGET}`, target: GUEST_BAIT_PATH }];
