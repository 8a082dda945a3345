import { family, HARMLESS, type Send } from '../family.ts';
import { opened } from '../http1.ts';
import type { Row } from '../row.ts';
import { HOSTS } from '../rules.ts';

/** Spellings of a path that some servers read as another path: RFC 3986, and deviations of servers from it. */

const limited = (target: string): Send => opened(HOSTS.limited, { target });
const free = (target: string): Send => opened(HOSTS.free, { target });

const outside = family({
  id: 'path: within the rule',
  source: 'the rule',
  rule: 'limited',
  send: limited('/open/NONCE'),
  tricks: [
    ['path: another', 'the rule', limited('/closed/NONCE'), 'limited'],
    ['path: the folder’s name goes on', 'A4', limited('/opened/NONCE'), 'limited'],
    ['path: in another case', 'A3', limited('/OPEN/NONCE'), 'limited'],
    ['path: the rule’s path behind another', 'A4', limited('/closed/open/NONCE'), 'limited'],
    ['path: the rule’s path in the query', 'A4', limited('/closed/NONCE?/open/'), 'limited'],
    ['path: dot segments', 'F7', limited('/open/../closed/NONCE'), 'limited'],
    ['path: dot segments, escaped dots', 'F7', limited('/open/%2e%2e/closed/NONCE'), 'limited'],
    ['path: dot segments, one dot escaped', 'F7', limited('/open/.%2E/closed/NONCE'), 'limited'],
    ['path: dot segments, escaped slash', 'F7', limited('/open/..%2fclosed/NONCE'), 'limited'],
    ['path: dot segments, escaped twice', 'F7', limited('/open/%252e%252e/closed/NONCE'), 'limited'],
    [
      'path: dot segments, escaped three times',
      'F7',
      limited('/open/%25252e%25252e/closed/NONCE'),
      'limited',
    ],
    ['path: dot segments, a backslash', 'F7', limited('/open/..\\closed/NONCE'), 'limited'],
    ['path: dot segments, an escaped backslash', 'F7', limited('/open/..%5cclosed/NONCE'), 'limited'],
    ['path: dot segments, overlong UTF-8 dots', 'F7', limited('/open/%c0%ae%c0%ae/closed/NONCE'), 'limited'],
    ['path: dot segments, overlong UTF-8 slash', 'F7', limited('/open/..%c0%afclosed/NONCE'), 'limited'],
    [
      'path: dot segments, three bytes for a slash',
      'F7',
      limited('/open/..%e0%80%afclosed/NONCE'),
      'limited',
    ],
    ['path: dot segments of Java', 'F7', limited('/open/..;/closed/NONCE'), 'limited'],
    ['path: dot segments of Java, with a value', 'F7', limited('/open/..;a=b/closed/NONCE'), 'limited'],
    ['path: dot segments at the end', 'F7', limited('/open/NONCE/..'), 'limited'],
    ['path: one dot', 'F7', limited('/open/./NONCE'), 'limited'],
    ['path: %u escapes of IIS', 'F7', limited('/open/%u002e%u002e/closed/NONCE'), 'limited'],
    ['path: a broken escape', 'RFC 3986, 2.1', limited('/open/%zz/NONCE'), 'limited'],
    ['path: an escape cut off', 'RFC 3986, 2.1', limited('/open/NONCE%2'), 'limited'],
    ['path: NUL', 'A1', limited('/open/NONCE%00.html'), 'limited'],
    ['path: an escaped line end', 'A1', limited('/open/NONCE%0d%0aHost:%20x'), 'limited'],
    ['path: an escaped tab', 'A1', limited('/open/NONCE%09'), 'limited'],
    ['path: C1 control characters', 'A1', limited('/open/NONCE%c2%85'), 'limited'],
    ['path: not UTF-8', 'A1', limited('/open/NONCE%ff%fe'), 'limited'],
    ['path: a lone surrogate', 'A1', limited('/open/NONCE%ed%a0%80'), 'limited'],
    ['path: a slash that is escaped', 'F7', limited('/open%2fNONCE'), 'limited'],
    [
      'path: dot segments behind an escaped slash',
      'F7',
      limited('/open/x%2F..%2F..%2Fclosed/NONCE'),
      'limited',
    ],
    ['path: an empty segment in front', 'RFC 3986, 3.3', limited('//open/NONCE'), 'limited'],
    ['path: a fragment', 'RFC 9112, 3.2', limited('/open/NONCE#/../closed'), 'gateway.malformed'],
    ['path: without a slash', 'RFC 9112, 3.2.1', limited('open/NONCE'), 'gateway.malformed'],
    [
      'path: an asterisk',
      'RFC 9112, 3.2.4',
      opened(HOSTS.limited, { method: 'OPTIONS', target: '*', lines: ['X-N: NONCE'] }),
      'gateway.malformed',
    ],
    ['path: two segments where one may be', 'the rule', limited('/api/a/b/items?NONCE'), 'limited'],
    ['path: an escaped slash where one segment may be', 'F7', limited('/api/a%2Fb/items?NONCE'), 'limited'],
  ],
});

const denied = family({
  id: 'path: beside what is denied',
  source: 'the rule',
  rule: 'free',
  send: free('/administrator/NONCE'),
  tricks: [
    ['denied path: as it is', 'A7', free('/admin/NONCE'), 'deniedPath'],
    ['denied path: the folder itself', 'A7', free('/admin?NONCE'), 'deniedPath'],
    ['denied path: in another case', 'A3', free('/Admin/NONCE'), 'deniedPath'],
    ['denied path: escaped letters', 'A3', free('/%61dmin/NONCE'), 'deniedPath'],
    ['denied path: empty segments', 'A3', free('//admin//NONCE'), 'deniedPath'],
    ['denied path: a parameter', 'A3', free('/admin;v=1/NONCE'), 'deniedPath'],
    ['denied path: a parameter before it', 'A3', free('/;v=1/admin/NONCE'), 'deniedPath'],
    ['denied path: dot segments', 'F7', free('/x/../admin/NONCE'), 'deniedPath'],
    ['denied path: one dot', 'F7', free('/./admin/NONCE'), 'deniedPath'],
    ['denied path: escaped slash', 'F7', free('/x%2f..%2fadmin/NONCE'), 'deniedPath'],
    ['denied path: its own slash escaped', 'F7', free('/admin%2FNONCE'), 'deniedPath'],
    ['denied path: an escaped slash at the beginning', 'F7', free('/%2fx/admin/NONCE'), 'deniedPath'],
    ['denied path: an escaped slash elsewhere', 'npm', free('/@types%2fNONCE'), 'free', HARMLESS],
    ['denied path: a backslash', 'F7', free('/x\\..\\admin/NONCE'), 'deniedPath'],
    ['denied path: a slash at the end', 'F3', free('/admin/?NONCE'), 'deniedPath'],
    ['denied path: in absolute form', 'B3', free(`https://${HOSTS.free}/admin/NONCE`), 'deniedPath'],
    ['denied path: Turkish letters', 'A3', free('/adm%C4%B1n/NONCE'), 'deniedPath'],
    ['denied path: an accent', 'A3', free('/adm%C3%ADn/NONCE'), 'deniedPath'],
    ['denied path: letters in full width', 'A3', free('/%EF%BD%81dmin/NONCE'), 'deniedPath'],
    ['denied path: a letter that nobody sees', 'A3', free('/admin%E2%80%8B/NONCE'), 'deniedPath'],
    ['denied path: a space that does not break', 'A3', free('/admin%C2%A0/NONCE'), 'deniedPath'],
    ['denied path: a stream of NTFS', 'A3', free('/admin::$INDEX_ALLOCATION/NONCE'), 'deniedPath'],
    ['denied path: dots in full width', 'F7', free('/%EF%BC%8E%EF%BC%8E/admin/NONCE'), 'deniedPath'],
    ['denied path: a slash in full width', 'F7', free('/x/..%EF%BC%8Fadmin/NONCE'), 'deniedPath'],
    ['denied path: another letter, of Cyrillic', 'A3', free('/%D0%B0dmin/NONCE'), 'free', HARMLESS],
  ],
});

export const PATHS: readonly Row[] = [...outside, ...denied];
