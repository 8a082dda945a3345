import { createHostInspection } from './head/host.ts';
import type { Finding, LogTexts } from './finding.ts';
import { Pieces } from './known/pieces.ts';
import type { Search } from './known/search.ts';
import { scan, type Detectors } from './scan.ts';

/** Methods too short for any known value or pattern. */
const PLAIN_METHOD = /^.{0,7}$/;

/**
 * Returns the function that inspects the texts of an uninspected request before the log contains them. `where` of a
 * finding is a field of `LogTexts`.
 */
export function createLogTextsInspection(
  detectors: Detectors,
  foldedSearch: Search,
): (texts: LogTexts) => readonly Finding[] {
  return ({ host, path, method, reason }) => {
    const once = { ...detectors, pieces: new Pieces() };
    const look = (text: string, where: string): readonly Finding[] => {
      // Heads are Latin-1: one character is one byte. The memory contains only requests that leave.
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
