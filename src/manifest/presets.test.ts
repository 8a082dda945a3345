import { describe, expect, test } from 'vitest';
import { endpointsIn, pipUrls } from './presets.ts';

describe('places in URLs', () => {
  test('host, port and scheme; each place once; the rest of the URL is dropped', () => {
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

  test('a user name and a password are dropped', () => {
    expect(JSON.stringify(endpointsIn(['https://me:s3cret@mirror.corp.example/']))).not.toContain('s3cret');
  });

  test('what is not reached over http or https is no place', () => {
    expect(
      endpointsIn(['file:///usr/share/packages', 'cdrom://x', 'ssh://git@x.example', '', 'nonsense']),
    ).toEqual([]);
  });
});

describe('what pip downloads from', () => {
  const BUILT_IN = 'https://index.example/simple https://files.example\n';

  test('its own index and file host, where nothing else is configured', () => {
    expect(pipUrls("global.timeout='60'\n", BUILT_IN)).toEqual([
      'https://index.example/simple',
      'https://files.example',
    ]);
  });

  test('only another index, where that replaces it', () => {
    expect(pipUrls("global.index-url='https://mirror.example/simple'\n", BUILT_IN)).toEqual([
      'https://mirror.example/simple',
    ]);
  });

  test('more indexes and links besides', () => {
    const config =
      "global.extra-index-url='\\nhttps://a.example/simple\\nhttps://b.example'\n:env:.find-links='/opt/wheels https://c.example/w'\n";
    expect(pipUrls(config, BUILT_IN)).toEqual([
      'https://a.example/simple',
      'https://b.example',
      'https://c.example/w',
      'https://index.example/simple',
      'https://files.example',
    ]);
  });

  test('its file host too, where its own index is written out', () => {
    expect(pipUrls("install.index-url='https://index.example/simple'\n", BUILT_IN)).toContain(
      'https://files.example',
    );
  });
});
