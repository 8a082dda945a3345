import { describe, expect, test } from 'vitest';
import { endpointsIn, withoutLogin } from './preset.ts';

describe('places in URLs', () => {
  test('a URL gives host, port and scheme, each place once, and the rest is dropped', () => {
    expect(
      endpointsIn([
        'https://mirror.corp.example/npm/',
        'https://MIRROR.corp.example/other',
        'http://mirror.corp.example:8081',
        'https://[fd00::1]:8443/',
      ]),
    ).toEqual([
      { host: 'mirror.corp.example', port: 443, scheme: 'https' },
      { host: 'mirror.corp.example', port: 8081, scheme: 'http' },
      { host: 'fd00::1', port: 8443, scheme: 'https' },
    ]);
  });

  test("a URL's user name and password are dropped", () => {
    expect(JSON.stringify(endpointsIn(['https://me:s3cret@mirror.corp.example/']))).not.toContain('s3cret');
  });

  test('a host that a rule would take for many is refused', () => {
    for (const host of ['*.com', '*', '*.slack.example', 'a*b.example'])
      expect(() => endpointsIn([`https://${host}/crates`])).toThrow(`${host} is no name of one host`);
  });

  test('a URL without http or https is no place', () => {
    expect(
      endpointsIn(['file:///usr/share/packages', 'cdrom://x', 'ssh://git@x.example', '', 'nonsense']),
    ).toEqual([]);
  });
});

test('a URL for a bottle has no user name, password, query or fragment', () => {
  expect(withoutLogin('https://me:s3cret@mirror.corp.example/simple?sig=s3cret#s3cret')).toEqual([
    'https://mirror.corp.example/simple',
  ]);
});
