import { describe, expect, test } from 'vitest';
import { BottleError } from '../../errors.ts';
import { canonicalRule, type WrittenRule } from './rules.ts';

const rule = (written: Omit<WrittenRule, 'host'>, list: 'allow' | 'deny' = 'allow') => {
  const {
    id: _,
    host: __,
    port: ___,
    scheme: ____,
    ...rest
  } = canonicalRule({ host: 'a.example', ...written }, { id: 'rule', list });
  return rest;
};

const failure = (written: Omit<WrittenRule, 'host'>, list: 'allow' | 'deny' = 'allow'): string => {
  try {
    rule(written, list);
  } catch (error) {
    if (error instanceof BottleError) return `${error.message} | ${error.fix}`;
  }
  return 'accepted';
};

const inject = { secret: 'the variable KEY', slot: { kind: 'bearer' } } as const;

describe('the gateway opens TLS wherever it must see the content', () => {
  test.each([
    [{}, { opensTls: true, dlp: 'block' }],
    [{ dlp: 'warn' }, { opensTls: true, dlp: 'warn' }],
    [{ dlp: 'off' }, {}],
    [{ dlp: 'off', tls: 'open' }, { opensTls: true }],
    [
      { dlp: 'off', methods: ['GET'], paths: ['/a'] },
      { opensTls: true, methods: ['GET'], paths: ['/a'] },
    ],
    [
      { dlp: 'off', websocket: true },
      { opensTls: true, websocket: true },
    ],
    [{ dlp: 'off', websocket: false }, {}],
    [
      { dlp: 'off', inject },
      { opensTls: true, inject },
    ],
    [{ tls: 'pass' }, {}],
    [{ tls: 'pass', dlp: 'off', websocket: false }, {}],
    [{ scheme: 'http' }, { dlp: 'block' }],
    [{ scheme: 'http', websocket: true, dlp: 'off' }, { websocket: true }],
    [{ scheme: 'tcp', port: 5432 }, {}],
  ] as const)('allow %j', (written, expected) => expect(rule(written)).toEqual(expected));

  test.each([
    [{}, {}],
    [{ scheme: 'https', methods: ['POST'] }, { methods: ['POST'] }],
    [{ paths: ['/a/**', '/@acme%2F*'] }, { paths: ['/a/**', '/@acme%2F*'] }],
  ] as const)('deny %j opens nothing by itself', (written, expected) =>
    expect(rule(written, 'deny')).toEqual(expected),
  );
});

describe('a contradictory rule is refused with what to write', () => {
  test.each([
    [
      { tls: 'pass', paths: ['/a'] },
      'rule: paths cannot be enforced where tls: pass keeps TLS closed | leave tls: pass out, or paths:',
    ],
    [
      { tls: 'pass', dlp: 'block' },
      'rule: dlp cannot be enforced where tls: pass keeps TLS closed | leave tls: pass out, or dlp:',
    ],
    [
      { tls: 'pass', inject },
      'rule: inject cannot be enforced where tls: pass keeps TLS closed | leave tls: pass out, or inject:',
    ],
    [
      { scheme: 'tcp', port: 22, methods: ['GET'] },
      'rule: methods cannot be enforced on scheme tcp | say scheme: https or http, or leave methods: out',
    ],
    [
      { scheme: 'tcp', port: 22, tls: 'open' },
      'rule: tls cannot be enforced on scheme tcp | say scheme: https or http, or leave tls: out',
    ],
    [{ scheme: 'http', tls: 'open' }, 'rule: tls: open has no meaning on scheme http | leave tls: out'],
    [
      { scheme: 'http', inject },
      'rule: inject on scheme http would send the secret in the clear | say scheme: https, or leave inject: out',
    ],
    [{ methods: ['get'] }, 'rule: methods has get | write methods in upper case: GET'],
  ] as const)('%j', (written, expected) => expect(failure(written)).toBe(expected));

  test.each(['/a%2fb', '/%61', '/a%2F..', '/.%2Fa', '/a%2F**', '/**%2Fa'])('the path %s', (path) =>
    expect(failure({ paths: [path] })).toContain(`paths has ${path} | write paths decoded`),
  );

  test.each(['inject', 'dlp', 'websocket', 'tls'] as const)('%s in a deny rule', (key) => {
    const written = { inject, dlp: 'warn', websocket: true, tls: 'open' } as const;
    expect(failure({ [key]: written[key] }, 'deny')).toContain(`a deny rule has ${key}`);
  });
});
