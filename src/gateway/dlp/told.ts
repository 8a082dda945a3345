import { createHostInspection } from './host.ts';
import type { Finding, Told } from './finding.ts';
import { Pieces } from './known/pieces.ts';
import type { Search } from './known/search.ts';
import { scan, type Detectors } from './scan.ts';

/** Too short for any value that is looked for. */
const PLAIN_METHOD = /^.{0,7}$/;

/** Gives the function that looks at what was refused before anybody looked at it; findings say `where` by the member's name. */
export function createToldInspection(
  detectors: Detectors,
  foldedSearch: Search,
): (told: Told) => readonly Finding[] {
  return ({ host, path, method, reason }) => {
    const once = { ...detectors, pieces: new Pieces() };
    const look = (text: string, where: string): readonly Finding[] => {
      // As heads are given: one character is one byte. What is remembered from request to request is of those that leave.
      const bytes = Buffer.from(text, 'latin1');
      const whole = { bytes, host, where, before: 0, final: true, offset: undefined };
      return scan(once, whole).findings;
    };
    return [
      ...createHostInspection({ ...once, search: foldedSearch })(host),
      ...look(path, 'path'),
      ...(PLAIN_METHOD.test(method) ? [] : look(method, 'method')),
      ...look(reason, 'reason'),
    ].filter(({ detector }) => detector !== 'undecodable');
  };
}
