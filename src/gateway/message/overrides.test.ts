import { expect, test } from 'vitest';
import { overridesRequest, secondPathsOf, withoutOtherHosts } from './overrides.ts';

test.each([
  ['/', ['X-HTTP-Method-Override', 'DELETE'], true],
  ['/', ['x_http_method_override', 'DELETE'], true],
  ['/', ['X-Method-Override', 'DELETE'], true],
  ['/', ['X-Original-URL', '/admin'], true],
  ['/', ['X-Rewrite-Url', '/admin'], true],
  // gunicorn strips the prefix from the path: `/pub/secret` becomes `/secret`.
  ['/', ['SCRIPT_NAME', '/pub'], true],
  ['/', ['Path-Info', '/secret'], true],
  ['/', ['X-Script-Name', '/pub'], true],
  ['/', ['X-Scripts', '/pub', 'Script', 'a', 'P', 'a'], false],
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
  ['/?method=post', [], true],
  ['/?method=get', [], false],
  ['/?method=search', [], false],
  ['/?method=report&method=link', [], false],
  ['/?method=+delete%00x', [], true],
  ['/?method=a&method=%64elete', [], true],
  ['/?method=a;method=put', [], true],
  ['/?method=deleted', [], false],
  ['/?method=', [], false],
  ['/?method', [], false],
  ['/?payment_method=DELETE&methods=DELETE', [], false],
] as const)('%s with %j: %s', (path, headers, expected) => {
  expect(overridesRequest({ method: 'GET', path, headers })).toBe(expected);
});

test.each([
  [['x-amz-copy-source', '/private/a'], true],
  [['Accept', '*/*', 'X_Amz.Copy-Source', '/private/a'], true],
  [['x-goog-copy-source', 'b/o'], true],
  [['X-Ms-Copy-Source', 'https://a.test/b'], true],
  [['x-ms-rename-source', '/fs/a'], true],
  [['X-Copy-From', '/c/o'], true],
  [['x-amz-rename-source', '/secret/key'], true],
  [['X_Amz_Rename.Source', '/secret/key'], true],
  [['x-ms-file-rename-source', 'https://a.test/b'], true],
  [['x-oss-symlink-target', 'secret'], true],
  [['X-Symlink-Target', 'c/o'], true],
  [['x-bce-copy-source', '/secret/key'], true],
  [['x-tos-copy-source', '/secret/key'], true],
  [['x-kss-copy-source', '/secret/key'], true],
  [['x-qs-move-source', '/secret/key'], true],
  [['X-Copy-Source', '/secret/key'], true],
  [['x-amz-copy-source-range', 'bytes=0-1', 'x-oss-symlink-targets', 'a'], false],
  [
    ['x-amz-meta-copy-source', 'laptop', 'X_Goog_Meta_Symlink_Target', 'a', 'x-object-meta-move-source', 'b'],
    false,
  ],
  [['x-metal-copy-source', '/secret/key'], true],
  [['X-Source', 'a', 'Copy-Source', 'b', 'x-photocopy-source', 'c'], false],
  [['Destination', '/private/b'], true],
  [['DESTINATION', '/private/b'], true],
  [['x-amz-metadata-directive', 'COPY', 'x-amz-copy-source-if-match', '"a"'], false],
  [['X-Destination', 'a', 'Accept', 'destination', 'Destinations', 'b'], false],
] as const)('%j name a second path: %s', (headers, expected) => {
  expect(secondPathsOf(headers).length > 0).toBe(expected);
  expect(overridesRequest({ method: 'GET', path: '/', headers })).toBe(false);
});

test('all second paths are reported as sent', () => {
  const headers = ['x-amz-copy-source', 'mine/a%20b', 'Accept', '*/*', 'X_Amz_Copy_Source', '/secret/key'];
  expect(secondPathsOf(headers)).toEqual(['mine/a%20b', '/secret/key']);
});

test('headers that name another host do not leave, because Rack prefers them to Host', () => {
  const others = [
    'X-Forwarded-Host',
    'x_forwarded_host',
    'X-Original-Host',
    'X-Forwarded-Server',
    'X-HTTP-Host-Override',
    'X-Host',
    'Forwarded',
    'forwarded',
  ];
  const own = ['Accept', '*/*', 'X-Forwarded-For', '10.0.0.1', 'X-Forwarded-Proto', 'https', 'X-Hosts', 'a'];
  expect(withoutOtherHosts([...others.flatMap((name) => [name, 'host=evil.test']), ...own])).toEqual(own);
  expect(withoutOtherHosts(own)).toBe(own);
});
