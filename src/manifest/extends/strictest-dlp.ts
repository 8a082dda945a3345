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
  };
  // As it was written, where that says it.
  if (isDeepStrictEqual(joined, a)) return one;
  return isDeepStrictEqual(joined, b) ? other : joined;
}

type ByDetector = Required<Exclude<DlpInput, string>>;

/** What a map does not name is the strictest, as in gateway/dlp/actions.ts. */
function byDetector(dlp: Exclude<DlpInput, 'off'>): ByDetector {
  if (typeof dlp === 'string') return { secret: dlp, canary: dlp, pattern: dlp, undecodable: 'refuse' };
  return { secret: 'block', canary: 'block', pattern: 'block', undecodable: 'refuse', ...dlp };
}

const stricter = <Word>(order: readonly Word[], a: Word, b: Word): Word =>
  order.indexOf(b) < order.indexOf(a) ? b : a;
