import { actionOn, type Actions } from '../actions.ts';
import type { Finding } from '../finding.ts';
import { scan, type Detectors, type Scan, type Text } from '../scan.ts';

/** Searches a text and overwrites the findings that the actions redact. */

const STAR = 0x2a;
/**
 * Most scans of one text. After a redaction, an expression may match elsewhere; new findings of the last scan are
 * blocked.
 */
const MOST_LOOKS = 4;
/**
 * Most bytes of a value that leave before the search recognizes its beginning (`known/search.ts`). If more left, the
 * rest is blocked.
 */
const MOST_LEFT = 2;

export interface Redaction {
  readonly action: Actions;
  /** Position before which all bytes have left, in bytes from the start of the pushed bytes. */
  readonly leftUntil: number;
}

/**
 * Like `scan`, and overwrites in `text.bytes` what `action` redacts. A finding without a span may be another reading of
 * overwritten bytes, or of bytes that are still there. So the text is scanned again as it would leave, and only that
 * scan counts.
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

/** Removes the span of a finding that should have been redacted but could not be, so that it is blocked. */
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
