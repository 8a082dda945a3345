import { actionOn, type Actions } from './actions.ts';
import type { Finding } from './finding.ts';
import { scan, type Detectors, type Scan, type Text } from './scan.ts';

/** What is found in a text, and the text without what is to be redacted. */

const STAR = 0x2a;
/** Without what was overwritten, an expression may match elsewhere. What is new in the last look is blocked. */
const MOST_LOOKS = 4;
/** So many bytes of a known value leave before it shows that one begins (`known/search.ts`); where more have left, the rest is blocked. */
const MOST_LEFT = 2;

export interface Redaction {
  readonly action: Actions;
  /** What lies before this place has left, in bytes from the beginning of all that was pushed. */
  readonly leftUntil: number;
}

/**
 * As `scan`, and overwrites in `text.bytes` what `action` redacts. A finding without a span may be another reading of what was
 * overwritten, or of something that is still there: so the text is looked at again as it would leave, and only that counts.
 */
export function scanAndRedact(detectors: Detectors, text: Text, { action, leftUntil }: Redaction): Scan {
  const isCut = ({ detector, span }: Finding): boolean =>
    span !== undefined && span[0] >= leftUntil - MOST_LEFT && actionOn(detector, action) === 'redact';
  const cut = new Map<string, Finding>();
  for (let look = 1; ; look += 1) {
    const seen = scan(detectors, text);
    const fresh = seen.findings.filter((finding) => isCut(finding) && !cut.has(keyOf(finding)));
    if (fresh.length === 0 || look === MOST_LOOKS) {
      const left = seen.findings.filter((finding) => !cut.has(keyOf(finding)));
      return { ...seen, findings: [...cut.values(), ...left.map((one) => asItLeaves(one, action))] };
    }
    for (const finding of fresh) {
      cut.set(keyOf(finding), { ...finding, redacted: true });
      overwrite(text, finding, leftUntil);
    }
  }
}

/** What is to be redacted and was not cannot be: without a span, it is blocked. */
function asItLeaves(finding: Finding, action: Actions): Finding {
  if (finding.span === undefined || actionOn(finding.detector, action) !== 'redact') return finding;
  const { span: _, ...rest } = finding;
  return rest;
}

function keyOf({ detector, id, span }: Finding): string {
  return JSON.stringify([detector, id, span]);
}

function overwrite({ bytes, offset = 0 }: Text, { span }: Finding, leftUntil: number): void {
  if (span !== undefined) bytes.fill(STAR, Math.max(span[0], leftUntil) - offset, span[1] - offset);
}
