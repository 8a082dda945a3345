import type { Finding, RequestHead } from './finding.ts';
import { joinedOf, partsOf } from './head-texts.ts';
import type { HostInspection } from './host.ts';
import { Pieces } from './known/pieces.ts';
import { Remembered } from './known/remembered.ts';
import { NO_RULES } from './rules/match.ts';
import { scan, type Detectors, type Scan } from './scan.ts';

/** The head of a request: each value by itself, and what several make together. */

interface HeadOptions {
  readonly hostFindings: HostInspection;
  /** With the search for names, which are told in lower case. */
  readonly folded: Detectors;
  /** How much of what holds nothing is remembered. */
  readonly maxCharacters: number;
}

/** Gives the function that inspects heads. Those that hold nothing are remembered: most of what is sent was sent before. */
export function createHeadInspection(
  detectors: Detectors,
  { hostFindings, folded, maxCharacters }: HeadOptions,
): (head: RequestHead) => readonly Finding[] {
  const cleanHeads = new Remembered<true>(maxCharacters);
  const lookAtParts = createTextsInspection(detectors, maxCharacters);
  // Where one value ends and the next begins, any two make a pattern: an id that ends in `SK`, and 32 digits.
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
  const tellable = (finding: Finding): Finding =>
    tellsPart(folded, finding) ? { ...finding, where: HEADER_NAME } : finding;
  return (head) => [...hostFindings(head.host), ...findingsIn(head).map(tellable)];
}

/** Gives the function that looks at all of some texts that are not remembered to hold nothing. */
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

/** In the place of a name that is not told. */
const HEADER_NAME = 'header name';
const NAMED = /^header:/;

/** Whether it names a header by a part of what is looked for: all else may be in the value. */
function tellsPart(folded: Detectors, { where }: Finding): boolean {
  if (!NAMED.test(where)) return false;
  const once = { ...folded, pieces: new Pieces(), patterns: NO_RULES };
  return !lookAt(once, where.replace(NAMED, ''), { host: '', where }).isClean;
}

function keyOf({ host, path, headers }: RequestHead): string {
  let key = `${host}\n${path}`;
  for (const [name, value] of headers) key += `\n${name}: ${value}`;
  return key;
}

/** Where in the head it is that something was found in. */
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
  // As Node gives heads: one character is one byte.
  const bytes = Buffer.from(text, 'latin1');
  return scan(detectors, { bytes, host, where, before: 0, final: true, offset: undefined });
}
