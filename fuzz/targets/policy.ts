import {
  canonicalEndpoint,
  canonicalHost,
  canonicalWrittenHost,
} from '../../src/gateway/message/canonical.ts';
import { canonicalPath, matchesPath, readingsInDoubt } from '../../src/gateway/policy/paths/paths.ts';
import { deniesPath, folded } from '../../src/gateway/policy/paths/denied-path.ts';
import { must, type Target } from '../target.ts';

/** Hosts and paths: canonicalizing a canonical spelling does not change it, and globs match what they describe. */

const seed = (text: string): Buffer => Buffer.from(text);

export const target: Target = {
  seeds: [
    seed('Example.ORG.:443'),
    seed('[2001:DB8::1]:8443'),
    seed('192.0.2.1'),
    seed('0x7f.1'),
    seed('xn--mnchen-3ya.de'),
    seed('münchen.de'),
    seed('/a/**/b*c\n/a/x/y/bzc?q=1'),
    seed('/**\n/%41/;v=1/./%2e%2e/'),
    seed('/a*\n//a//b/'),
    seed('/a%2F*/**\n/a%2fb/c%2Fd'),
    seed('/a/b*\n/a:x%2Fy/b:%2fc'),
  ],
  tokens: [
    'xn--',
    '.',
    '..',
    '/',
    '//',
    '/../',
    '%2e',
    '%2F',
    '%3F',
    '%23',
    '%20',
    '%00',
    '%',
    '**',
    '*',
    '\n',
    ';',
    '?',
    '#',
    '[::',
    ']',
    ':',
    '::ffff:',
    '0x',
    '。',
    '\u200d',
    'ß',
    '127.0.0.1',
    '\\',
  ],
  maxBytes: 300,
  run: (input) => {
    for (const text of [input.toString('latin1'), input.toString('utf8')]) {
      checkHost(text);
      const [glob = '', path = glob] = text.split('\n');
      checkPath(glob, path);
    }
  },
};

function checkHost(text: string): void {
  const host = canonicalHost(text);
  if (!('refused' in host)) {
    const again = canonicalHost(host.kind === 'ip6' ? `[${host.host}]` : host.host);
    must(JSON.stringify(again) === JSON.stringify(host), 'a canonical host has another canonical form');
    must(/^[a-z0-9._:-]+$/.test(host.host), 'a canonical host of odd characters');
    const name = host.kind === 'ip6' ? `[${host.host}]` : host.host;
    must(new URL(`http://${name}/`).hostname === name, 'a URL with this host goes to another');
  }
  const written = canonicalWrittenHost(text);
  if (!('refused' in written))
    must(
      JSON.stringify(canonicalWrittenHost(written.host)) === JSON.stringify(written),
      'a written host is not stable',
    );
  const endpoint = canonicalEndpoint(text, 443);
  if (!('refused' in endpoint))
    must(endpoint.port >= 1 && endpoint.port <= 65_535 && Number.isInteger(endpoint.port), 'an odd port');
}

function checkPath(glob: string, target: string): void {
  const read = canonicalPath(target);
  if ('refused' in read) return;
  const { path } = read;
  const slashed = path.replaceAll('%2F', '/');
  must(!/(?:^|\/)\.\.?(?:\/|$)/.test(slashed) && !path.includes('\\'), 'a canonical path leads up');
  if (!/[?#]|[^ -~]/.test(path)) {
    const again = canonicalPath(path);
    must('path' in again && again.path === path, 'a canonical path has another canonical form');
  }
  for (const reading of [path, slashed].flatMap(readingsInDoubt))
    must(!/\/\.\.?(?:[;?#]|\/|$)/.test(reading), 'a reading of a path leads up');
  // If a server does not decode %2F, it is an ordinary character, like one that the glob does not contain.
  for (const character of folded(glob).includes('~') ? ['/'] : ['/', '~'])
    must(
      !deniesPath([glob], target.replace(/%2f/gi, character)) || deniesPath([glob], target),
      'a denied path is not denied with escaped slashes',
    );
  if (glob.split('*').length <= 5 && path.length < 40 && !/%(?!2F)/.test(glob))
    must(
      matchesPath(glob, path) === matchesPlainly(glob.split('/'), path.split('/')),
      'a glob does not match what it says',
    );
}

/**
 * Matches by trying everything. Uses no regular expression: V8 keeps those of many inputs, which would look like a
 * leak.
 */
function matchesPlainly(
  [glob, ...globs]: readonly string[],
  [segment, ...segments]: readonly string[],
): boolean {
  if (glob === undefined) return segment === undefined;
  if (glob === '**' && matchesPlainly(globs, segment === undefined ? [] : [segment, ...segments]))
    return true;
  if (segment === undefined) return false;
  if (glob === '**') return matchesPlainly([glob, ...globs], segments);
  return matchesText(glob, segment) && matchesPlainly(globs, segments);
}

function matchesText(glob: string, text: string): boolean {
  if (glob === '') return text === '';
  if (glob.startsWith('*'))
    return matchesText(glob.slice(1), text) || (/^(?!%2F)./su.test(text) && matchesText(glob, text.slice(1)));
  return glob[0] === text[0] && matchesText(glob.slice(1), text.slice(1));
}
