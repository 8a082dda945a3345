import { describe, expect, it } from 'vitest';
import { aptSettings, officialSource, parseIndexTargets, parseOsRelease } from './sources.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const trixie = { id: 'debian', codename: 'trixie' };
const targets = (...lines: string[][]) =>
  parseIndexTargets(lines.map((line) => `${line.join('\t')}\n`).join(''));

describe('officialSource', () => {
  it('officialSource returns the release, its updates and its security from any mirror', () => {
    const source = officialSource(
      targets(
        ['http://mirror.example/debian/', 'trixie', 'main', 'Debian', KEYRING],
        ['http://mirror.example/debian/', 'trixie-updates', 'main', 'Debian', KEYRING],
        ['http://mirror.example/security/', 'trixie-security', 'main', '$(ORIGIN)', KEYRING],
      ),
      trixie,
    );
    expect(source?.suite).toBe('trixie');
    expect(source?.deb822.match(/^Suites: .*/gm)).toEqual([
      'Suites: trixie',
      'Suites: trixie-updates',
      'Suites: trixie-security',
    ]);
    expect(source?.deb822).toContain(`Signed-By: ${KEYRING}`);
  });

  it('officialSource leaves out third parties, unsigned folders and other releases', () => {
    const source = officialSource(
      targets(
        ['file:/opt/local/', './', '$(COMPONENT)', 'local', '$(SIGNED_BY)'],
        ['https://apt.example/debian/', 'trixie', 'stable', 'Example', '/etc/apt/keyrings/example.asc'],
        ['https://apt.example/debian/', 'trixie', 'stable', 'Example', '$(SIGNED_BY)'],
        [
          'https://apt.example/',
          'trixie',
          'main',
          'Debian',
          '/tmp/usr/share/keyrings/debian-archive-keyring.gpg',
        ],
        ['http://mirror.example/debian/', 'sid', 'main', 'Debian', KEYRING],
        ['http://mirror.example/debian/', 'trixie', 'main', 'Debian', KEYRING],
      ),
      trixie,
    );
    expect(source?.deb822.match(/^URIs: .*/gm)).toEqual(['URIs: http://mirror.example/debian/']);
  });

  it('officialSource accepts an entry without Signed-By if its Release file names its maker', () => {
    const source = officialSource(
      targets(['http://m.example/debian/', 'trixie', 'main', 'Debian', '']),
      trixie,
    );
    expect(source?.deb822).not.toContain('Signed-By');
  });

  it('officialSource takes the first suite where the host follows another name than its codename', () => {
    const entries = targets(['http://m.example/debian/', 'testing', 'main', 'Debian', KEYRING]);
    expect(officialSource(entries, trixie)?.suite).toBe('testing');
  });

  it('officialSource returns nothing on an unknown distribution, or without sources', () => {
    expect(officialSource([], trixie)).toBeUndefined();
    const entries = targets(['http://m.example/', 'trixie', 'main', 'Debian', KEYRING]);
    expect(officialSource(entries, { id: 'arch', codename: '' })).toBeUndefined();
  });
});

describe('aptSettings', () => {
  it('aptSettings passes on how the mirror is reached, and nothing that weakens signatures', () => {
    const dump = [
      'Acquire "";',
      'Acquire::AllowInsecureRepositories "1";',
      'Acquire::http "";',
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'Acquire::https::CaInfo "/etc/ssl/company.pem";',
      'Acquire::Check-Valid-Until "false";',
      'Acquire::Languages:: "none";',
    ].join('\n');
    expect(aptSettings(dump).split('\n')).toEqual([
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'Acquire::https::CaInfo "/etc/ssl/company.pem";',
      'Acquire::Check-Valid-Until "false";',
      '',
    ]);
  });
});

describe('parseOsRelease', () => {
  it('parseOsRelease reads quoted and bare values', () => {
    expect(parseOsRelease('NAME="X"\nID=debian\nVERSION_CODENAME="trixie"\n')).toEqual(trixie);
    expect(parseOsRelease('')).toEqual({ id: '', codename: '' });
  });
});
