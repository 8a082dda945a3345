import { expect, test } from 'vitest';
import { asksForAnother } from './overrides.ts';

test.each([
  ['/', ['X-HTTP-Method-Override', 'DELETE'], true],
  ['/', ['x_http_method_override', 'DELETE'], true],
  ['/', ['X-Method-Override', 'DELETE'], true],
  ['/', ['X-Original-URL', '/admin'], true],
  ['/', ['X-Rewrite-Url', '/admin'], true],
  ['/?a=b&_method=DELETE', [], true],
  ['/?_METHOD=DELETE', [], true],
  ['/?%5fmethod=DELETE', [], true],
  ['/', ['X.HTTP.Method.Override', 'DELETE'], true],
  ['/?.method=DELETE', [], true],
  ['/?a=1&[method=DELETE', [], true],
  ['/?%20_method=DELETE', [], true],
  ['/?+_method=DELETE', [], true],
  ['/?_method%00x=DELETE', [], true],
  ['/?a=1;_method=DELETE', [], true],
  ['/?a?_method=DELETE', [], true],
  ['/?a=_method=DELETE', [], false],
  ['/_method', ['Accept', 'X-Original-URL'], false],
  ['/?method=DELETE&q=_method', ['X-Original-Host', 'a'], false],
] as const)('%s with %j: %s', (path, headers, expected) => {
  expect(asksForAnother({ path, headers })).toBe(expected);
});
