import type { Finding, RequestHead } from '../finding.ts';
import { joinedOf, partsOf } from './head-texts.ts';
import type { HostInspection } from './host.ts';
import { Pieces } from '../known/pieces.ts';
import { Remembered } from '../known/remembered.ts';
import { NO_RULES } from '../rules/match.ts';
import { scan, type Detectors, type Scan } from '../scan.ts';

/** Inspects the head of a request: each value alone, and several values joined. */

interface HeadOptions {
  readonly hostFindings: HostInspection;
  /** Detectors with the search for header names, which findings give in lower case. */
  readonly folded: Detectors;
  /** How many characters of clean texts are remembered. */
  readonly maxCharacters: number;
}

/** Returns the function that inspects heads. It remembers clean heads: most requests repeat earlier ones. */
export function createHeadInspection(
  detectors: Detectors,
  { hostFindings, folded, maxCharacters }: HeadOptions,
): (head: RequestHead) => readonly Finding[] {
  const cleanHeads = new Remembered<true>(maxCharacters);
  const lookAtParts = createTextsInspection(detectors, maxCharacters);
  // At the seam of two values, any two can make a pattern: an id that ends in `SK`, and 32 digits.
  const lookAtJoined = createTextsInspection({ ...detectors, patterns: NO_RULES }, maxCharacters);
  const lookAtNew = (head: RequestHead): Pick<Scan, 'findings' | 'isClean'> => {
    const single = partsOf(head).map(({ text }) => text);
    const [parts, joined] = [lookAtParts(head.host, single), lookAtJoined(head.host, joinedOf(head))];
    return {
      findings: [...parts.findings, ...joined.findings],
      isClean: parts.isClean && joined.isClean,
    };
  };
  const findingsIn = (head: RequestHead): readonly Finding[] => {
    const key = keyOf(head);
    if (cleanHeads.get(key) !== undefined) return [];
    const { findings, isClean } = lookAtNew(head);
    if (isClean) cleanHeads.set(key, true);
    return findings.length > 0 ? placed(detectors, head, findings) : [];
  };
  const withoutRevealingName = (finding: Finding): Finding =>
    revealsPart(folded, finding) ? { ...finding, where: HEADER_NAME } : finding;
  return (head) => [...hostFindings(head.host), ...findingsIn(head).map(withoutRevealingName)];
}

/** Returns a function that inspects the texts which it does not remember as clean. */
function createTextsInspection(
  detectors: Detectors,
  maxCharacters: number,
): (host: string, texts: readonly string[]) => Scan {
  const clean = new Remembered<true>(maxCharacters);
  return (host, texts) => {
    const fresh = texts.filter((text) => clean.get(text) === undefined);
    const seen = lookAt(detectors, fresh.join('\n'), { host, where: 'headers' });
    if (seen.isClean) for (const text of fresh) clean.set(text, true);
    return seen;
  };
}

/** Replaces a header name that the log must not contain. */
const HEADER_NAME = 'header name';
const NAMED = /^header:/;

/**
 * Whether the finding names a header that contains a part of a known value. All other findings are about the header's
 * value.
 */
function revealsPart(folded: Detectors, { where }: Finding): boolean {
  if (!NAMED.test(where)) return false;
  const once = { ...folded, pieces: new Pieces(), patterns: NO_RULES };
  return !lookAt(once, where.replace(NAMED, ''), { host: '', where }).isClean;
}

function keyOf({ host, path, headers }: RequestHead): string {
  let key = `${host}\n${path}`;
  for (const [name, value] of headers) key += `\n${name}: ${value}`;
  return key;
}

/** Finds out in which part of the head each finding lies. */
function placed(detectors: Detectors, head: RequestHead, findings: readonly Finding[]): readonly Finding[] {
  const look = (text: string, where: string): readonly Finding[] =>
    lookAt(detectors, text, { host: head.host, where }).findings;
  const single = partsOf(head).flatMap(({ text, where, name }) =>
    look(text, name !== undefined && look(name, where).length > 0 ? HEADER_NAME : where),
  );
  return single.length > 0 ? single : findings;
}

function lookAt(
  detectors: Detectors,
  text: string,
  { host, where }: { readonly host: string; readonly where: string },
): Scan {
  // Node gives heads in Latin-1: one character is one byte.
  const bytes = Buffer.from(text, 'latin1');
  return scan(detectors, { bytes, host, where, before: 0, final: true, offset: undefined });
}
