import type { Finding, KnownSecret } from '../finding.ts';
import { formsOf, type Form } from '../known/forms.ts';
import { createSearch, type Search } from '../known/search.ts';
import { NO_RULES } from '../rules/match.ts';
import { scan, type Detectors } from '../scan.ts';

/**
 * Inspects a host's labels. Names lose their case, so the search uses values in lower case, and their base64 in lower
 * case.
 */

const REMEMBERED = 256;

/** Returns a `Detectors.search` for names. */
export function createFoldedSearch(secrets: readonly KnownSecret[]): Search {
  return createSearch(() => formsOf(secrets).flatMap(foldedFormsOf));
}

export type HostInspection = (host: string) => readonly Finding[];

/** Returns the function that inspects canonical host names. It remembers its findings, because names repeat. */
export function createHostInspection(detectors: Detectors): HostInspection {
  const answers = new Map<string, readonly Finding[]>();
  return (host) => {
    const known = answers.get(host);
    if (known !== undefined) return known;
    const labels = host.split('.');
    const text = [host, labels.join(''), labels.toReversed().join('')].join('\n').toLowerCase();
    const found = scan(
      { ...detectors, patterns: NO_RULES },
      {
        bytes: Buffer.from(text),
        host,
        where: 'host',
        before: 0,
        final: true,
        offset: undefined,
      },
    ).findings;
    if (answers.size >= REMEMBERED) answers.clear();
    answers.set(host, found);
    return found;
  };
}

function foldedFormsOf(form: Form): Form[] {
  const folded = (bytes: Uint8Array): Form => ({
    ...form,
    bytes: Buffer.from(Buffer.from(bytes).toString('latin1').toLowerCase(), 'latin1'),
  });
  const encoded = [0, 1, 2].map((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), form.bytes]);
    // The first and the last characters depend on the bytes next to the value.
    const text = padded.toString('base64url');
    return text.slice(Math.ceil((before * 8) / 6), Math.floor((padded.length * 8) / 6));
  });
  return [form, folded(form.bytes), ...encoded.map((text) => folded(Buffer.from(text)))];
}
