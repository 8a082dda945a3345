import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCodePoint } from '../../../test/support/code-points.ts';
import { runs } from '../../../test/support/runs.ts';
import { canonicalWrittenHost } from '../../gateway/message/canonical.ts';
import { canonicalPath, matchesPath } from '../../gateway/policy/paths/paths.ts';
import {
  addressFault,
  besideFault,
  envNameFault,
  guestPathFault,
  hostFault,
  pathPatternFault,
} from './text-faults.ts';

describe('hosts', () => {
  test.each([
    'example.org',
    'API.Example.org',
    'example.org.',
    'a_b.example.org',
    'localhost',
    'xn--bcher-kva.example',
    '*.example.org',
    '*.s3.eu-west-1.example.org',
    '10.1.2.3',
    'fd00::1',
    '1.example.org',
  ])('%s is a host', (host) => {
    expect(hostFault(host)).toBeUndefined();
  });

  // Golden files test obvious mistakes. This tests that the gateway refuses nothing that this check accepts.
  test('an accepted host has a canonical spelling at the gateway', () => {
    const piece = fc.constantFrom(
      '*',
      '.',
      '..',
      '-',
      '_',
      'a',
      'Zz',
      '1',
      '0x1',
      '255',
      'xn--',
      'ü',
      '。',
      ':',
      '::',
      '[',
      '%',
      '@',
      '/',
      ' ',
      '\0',
      '\u200b',
      'example',
      'org',
    );
    const host = fc.oneof(
      fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
      fc.domain(),
      fc.ipV4(),
      fc.ipV4Extended(),
      fc.ipV6(),
      fc.string({ unit: anyCodePoint, maxLength: 12 }),
    );
    fc.assert(
      fc.property(
        host.filter((text) => hostFault(text) === undefined),
        (text) => {
          expect(canonicalWrittenHost(text.replace(/^\*\./, ''))).toHaveProperty('host');
        },
      ),
      { numRuns: runs(500) },
    );
  });

  test('ordinary names and addresses are all accepted', () => {
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.ipV4()), (host) => {
        expect(hostFault(host)).toBeUndefined();
      }),
    );
  });
});

describe('path patterns', () => {
  test.each(['/', '/**', '/acme/**', '/acme/*/info', '/acme/', '/a b', '/a.b/..c', '/@acme%2F*', '/a%2F'])(
    '%s is a path pattern',
    (pattern) => {
      expect(pathPatternFault(pattern)).toBeUndefined();
    },
  );

  test.each([
    '',
    'acme',
    '//a',
    '/a//b',
    '/./a',
    '/a/..',
    '/../',
    '/a/.. ',
    '/..;x/b',
    '/a/\uff0e\uff0e/b',
    '/a?b',
    '/a#b',
    '/%61',
    '/a%2fb',
    '/a%252Fb',
    '/%2Fa',
    '/a%2F..',
    '/a%2F**',
    '/a\\b',
    '/a\0',
  ])('%j is no path pattern', (pattern) => {
    expect(pathPatternFault(pattern)).toBeDefined();
  });

  test('an accepted pattern without stars allows the path that it shows', () => {
    const part = fc.string({
      minLength: 1,
      maxLength: 4,
      unit: fc.constantFrom('a', 'B', '.', '-', '~', ' ', '%2F'),
    });
    const pattern = fc.array(part, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(
        pattern.filter((text) => pathPatternFault(text) === undefined),
        (text) => {
          expect(canonicalPath(text)).toEqual({ path: text });
          expect(matchesPath(text, text)).toBe(true);
        },
      ),
    );
  });
});

test('addresses are checked', () => {
  for (const text of ['10.1.2.3', 'fd00::1', '::1']) expect(addressFault(text)).toBeUndefined();
  for (const text of ['', '10.1', '10.1.2.3/8', 'fe80::1%lo', '[::1]', 'example.org', '010.1.2.3']) {
    expect(addressFault(text)).toBeDefined();
  }
});

test('files beside the manifest are checked', () => {
  for (const text of ['a.md', 'prompts/a.md', './a', 'a..b', '..a'])
    expect(besideFault(text)).toBeUndefined();
  for (const text of ['', '/etc/passwd', '~/x', '..', '../a', 'a/../../b', 'a\0', 'a\nb']) {
    expect(besideFault(text)).toBeDefined();
  }
});

test('guest paths are checked', () => {
  for (const text of ['/opt/skills', '~/.claude/skills']) expect(guestPathFault(text)).toBeUndefined();
  for (const text of ['skills', '~root/x', '/a/../b', '~/..', '']) expect(guestPathFault(text)).toBeDefined();
});

test('names of variables are checked', () => {
  for (const text of ['TZ', '_x', 'a1', 'HTTPS_PROXY_HINT']) expect(envNameFault(text)).toBeUndefined();
  for (const text of [
    '',
    '1a',
    'a-b',
    'a b',
    'https_proxy',
    'HTTP_PROXY',
    'No_Proxy',
    'bot_bottle_id',
    'ü',
  ]) {
    expect(envNameFault(text)).toBeDefined();
  }
});
