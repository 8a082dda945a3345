import { expect, test } from 'vitest';
import { asksForAnother, namesSecondPath } from './overrides.ts';

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
  ['/?method=m&q=_method', ['X-Original-Host', 'a'], false],
  ['/?$httpMethod=DELETE', [], true],
  ['/?$httpHeaders=X-HTTP-Method-Override%3ADELETE%0D%0AAuthorization%3ABearer%20X', [], true],
  ['/?%24httpHeaders=Authorization%3ABearer%20X', [], true],
  ['/?%24HTTP%48eaders=Authorization%3ABearer%20X', [], true],
  ['/?a=b;$httpheaders=a%3Ab', [], true],
  ['/?q=$httpHeaders', [], false],
  ['/?httpHeaders=a', [], false],
  ['/?!overridemethod=DELETE', [], true],
  ['/?%21OverrideMethod=DELETE', [], true],
  ['/?method=DELETE', [], true],
  ['/?a=b&Method=delete', [], true],
  ['/?method=get', [], true],
  ['/?method=+delete%00x', [], true],
  ['/?method=a&method=%64elete', [], true],
  ['/?method=a;method=put', [], true],
  ['/?method=deleted', [], false],
  ['/?method=', [], false],
  ['/?method', [], false],
  ['/?payment_method=DELETE&methods=DELETE', [], false],
] as const)('%s with %j: %s', (path, headers, expected) => {
  expect(asksForAnother({ path, headers })).toBe(expected);
});

test.each([
  [['x-amz-copy-source', '/private/a'], true],
  [['Accept', '*/*', 'X_Amz.Copy-Source', '/private/a'], true],
  [['x-goog-copy-source', 'b/o'], true],
  [['X-Ms-Copy-Source', 'https://a.test/b'], true],
  [['x-ms-rename-source', '/fs/a'], true],
  [['X-Copy-From', '/c/o'], true],
  [['Destination', '/private/b'], true],
  [['DESTINATION', '/private/b'], true],
  [['x-amz-metadata-directive', 'COPY', 'x-amz-copy-source-if-match', '"a"'], false],
  [['X-Destination', 'a', 'Accept', 'destination', 'Destinations', 'b'], false],
] as const)('%j name a second path: %s', (headers, expected) => {
  expect(namesSecondPath(headers)).toBe(expected);
  expect(asksForAnother({ path: '/', headers })).toBe(false);
});
