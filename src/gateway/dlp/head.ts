import type { Finding, RequestHead } from './finding.ts';
import { joinedOf, partsOf, trailsOf, type Part } from './head-texts.ts';
import type { HostInspection } from './host.ts';
import { Remembered } from './known/remembered.ts';
import type { TrailPlace } from './known/trail.ts';
import { scan, scanTrail, type Detectors, type Scan } from './scan.ts';

/** The head of a request: each value by itself, and what several make together. */

interface HeadOptions {
  readonly hostFindings: HostInspection;
  /** How much of what holds nothing is remembered. */
  readonly maxCharacters: number;
}

/** Gives the function that inspects heads. Those that hold nothing are remembered: most of what is sent was sent before. */
export function createHeadInspection(
  detectors: Detectors,
  { hostFindings, maxCharacters }: HeadOptions,
): (head: RequestHead) => readonly Finding[] {
  const cleanHeads = new Remembered<readonly Step[]>(maxCharacters);
  const cleanTexts = new Remembered<true>(maxCharacters);
  const lookAtNew = (head: RequestHead): Scan => {
    const texts = [...partsOf(head).map(({ text }) => text), ...joinedOf(head)];
    const fresh = texts.filter((text) => cleanTexts.get(text) === undefined);
    const seen = lookAt(detectors, fresh.join('\n'), { host: head.host, where: 'headers' });
    if (seen.isClean) for (const text of fresh) cleanTexts.set(text, true);
    return seen;
  };
  return (head) => {
    const key = keyOf(head);
    let steps = cleanHeads.get(key);
    if (steps === undefined) {
      const { findings, isClean } = lookAtNew(head);
      // What holds a whole secret is no piece of one, and would make one of everything that follows.
      if (findings.length > 0) return [...hostFindings(head.host), ...placed(detectors, head, findings)];
      steps = stepsOf(head);
      if (isClean) cleanHeads.set(key, steps);
    }
    const trails = steps.flatMap((step) => scanTrail(detectors, step.text, step));
    return [...hostFindings(head.host), ...trails];
  };
}

function keyOf({ host, path, headers }: RequestHead): string {
  let key = `${host}\n${path}`;
  for (const [name, value] of headers) key += `\n${name}: ${value}`;
  return key;
}

interface Step extends Part {
  readonly place: TrailPlace;
}

function stepsOf(head: RequestHead): readonly Step[] {
  return trailsOf(head).map(({ kind, where, text, parameter }) => {
    const of = parameter === undefined ? '' : ` ${parameter}`;
    return { where, text, place: { kind, name: `${head.host} ${where}${of}` } };
  });
}

/** Where in the head it is that something was found in. */
function placed(detectors: Detectors, head: RequestHead, findings: readonly Finding[]): readonly Finding[] {
  const look = (text: string, where: string): readonly Finding[] =>
    lookAt(detectors, text, { host: head.host, where }).findings;
  const single = partsOf(head).flatMap(({ text, where, name }) =>
    look(text, name !== undefined && look(name, where).length > 0 ? 'header name' : where),
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
