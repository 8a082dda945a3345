import { isDeepStrictEqual } from 'node:util';
import { FOUND_ACTIONS, UNDECODABLE_ACTIONS, type DlpInput } from '../schema/dlp-schema.ts';

/** What holds of two that are said about secrets that would leave: for each detector the more restrictive. Pure. */
export function strictestDlp(one: DlpInput, other: DlpInput): DlpInput {
  if (one === 'off') return other;
  if (other === 'off') return one;
  const [a, b] = [byDetector(one), byDetector(other)];
  const joined = {
    secret: stricter(FOUND_ACTIONS, a.secret, b.secret),
    canary: stricter(FOUND_ACTIONS, a.canary, b.canary),
    pattern: stricter(FOUND_ACTIONS, a.pattern, b.pattern),
    undecodable: stricter(UNDECODABLE_ACTIONS, a.undecodable, b.undecodable),
    ...asked('card_numbers', a, b),
    ...asked('iban', a, b),
  };
  // As it was written, where that says it.
  if (isDeepStrictEqual(joined, a)) return one;
  return isDeepStrictEqual(joined, b) ? other : joined;
}

type Asked = 'card_numbers' | 'iban';
type Map = Exclude<DlpInput, string>;
type ByDetector = Required<Omit<Map, Asked>> & Pick<Map, Asked>;

/** What one of the two does not ask for, the other may. */
function asked(detector: Asked, a: ByDetector, b: ByDetector): Pick<Map, Asked> {
  const [one, other] = [a[detector], b[detector]];
  const action =
    one !== undefined && other !== undefined ? stricter(FOUND_ACTIONS, one, other) : (one ?? other);
  return action === undefined ? {} : { [detector]: action };
}

/** What a map does not name is the strictest, as in gateway/dlp/actions.ts. */
function byDetector(dlp: Exclude<DlpInput, 'off'>): ByDetector {
  if (typeof dlp === 'string') return { secret: dlp, canary: dlp, pattern: dlp, undecodable: 'refuse' };
  return { secret: 'block', canary: 'block', pattern: 'block', undecodable: 'refuse', ...dlp };
}

const stricter = <Word>(order: readonly Word[], a: Word, b: Word): Word =>
  order.indexOf(b) < order.indexOf(a) ? b : a;
