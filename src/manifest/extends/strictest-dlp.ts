import { isDeepStrictEqual } from 'node:util';
import { FOUND_ACTIONS, UNDECODABLE_ACTIONS, type DlpInput } from '../schema/dlp-schema.ts';

/** Returns the stricter combination of two `dlp` values: for each detector, the more restrictive action. Pure. */
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
  // Keeps the original form if it has the same meaning.
  if (isDeepStrictEqual(joined, a)) return one;
  return isDeepStrictEqual(joined, b) ? other : joined;
}

type Asked = 'card_numbers' | 'iban';
type Map = Exclude<DlpInput, string>;
type ByDetector = Required<Omit<Map, Asked>> & Pick<Map, Asked>;

/** The action of an optional detector: the stricter of both, or that of the only one that sets it. */
function asked(detector: Asked, a: ByDetector, b: ByDetector): Pick<Map, Asked> {
  const [one, other] = [a[detector], b[detector]];
  const action =
    one !== undefined && other !== undefined ? stricter(FOUND_ACTIONS, one, other) : (one ?? other);
  return action === undefined ? {} : { [detector]: action };
}

/** Detectors that a map does not name get the strictest action, as in gateway/dlp/actions.ts. */
function byDetector(dlp: Exclude<DlpInput, 'off'>): ByDetector {
  if (typeof dlp === 'string') return { secret: dlp, canary: dlp, pattern: dlp, undecodable: 'refuse' };
  return { secret: 'block', canary: 'block', pattern: 'block', undecodable: 'refuse', ...dlp };
}

const stricter = <Word>(order: readonly Word[], a: Word, b: Word): Word =>
  order.indexOf(b) < order.indexOf(a) ? b : a;
