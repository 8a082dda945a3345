import { GUEST } from '../../drivers/driver.ts';
import type { GatewaySecrets, Policy } from '../../gateway/config.ts';
import type { Draw } from '../../gateway/inject/draw.ts';
import { GUEST_BAIT_PATH } from './guest-files.ts';
import type { HomeStep } from './home-steps.ts';

/**
 * Credentials that open nothing, for a thief to take: no program of an agent's has business with them, so that whoever sends
 * them out has gone through the home folder for what it can steal. Only a file: what prints its environment is no thief.
 */
export interface Bait {
  /** Of the file, as the AWS command line keeps it: with a profile that no program takes unasked. */
  readonly text: string;
  readonly values: GatewaySecrets['protect'];
}

const TARGET = '.aws/credentials';

/** RFC 4648, 6: what access key ids consist of. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Another with every draw. */
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

/** Whether anybody would see it go. */
export const wouldBeSeen = ({ allow }: Policy): boolean => allow.some(({ dlp }) => dlp !== undefined);

/** How its text comes into the home folder. */
export const baitSteps = (bait: string | undefined): readonly HomeStep[] =>
  bait === undefined ? [] : [{ kind: 'bait', guestPath: `${GUEST.home}/${TARGET}`, target: GUEST_BAIT_PATH }];
