import { describe, expect, test } from 'vitest';
import { mavenAnswer } from './maven.ts';

/** Output of Maven 3.9.9. */
const said = (dependencies: string, plugins: string): string =>
  `[DEBUG] Repositories (dependencies): [${dependencies}]\n[DEBUG] Repositories (plugins)     : [${plugins}]\n`;
const UNKNOWN = 'bot-bottle-unknown (https://unknown.invalid/, default, releases+snapshots)';
const CENTRAL = 'central (https://central.example/maven2, default, releases)';
const CORP = 'corp (https://me:s3cret@corp.example:8443/a&b, default, releases+snapshots)';
const PROXY = { host: '127.200.0.1', port: 3128 };

const settings = (output: string): string =>
  mavenAnswer(output).settings?.(PROXY).homeFiles?.['.m2/settings.xml'] ?? '';

describe('the preset maven opens', () => {
  test.each([
    [
      'the repository that is built in',
      said(`${UNKNOWN}, ${CENTRAL}`, CENTRAL),
      ['https://central.example/maven2'],
    ],
    [
      'a repository of a profile, for plugins too',
      said(`${CORP}, ${UNKNOWN}, ${CENTRAL}`, `${CORP}, ${CENTRAL}`),
      ['https://me:s3cret@corp.example:8443/a&b', 'https://central.example/maven2'],
    ],
    ['a mirror alone', said(CORP, CORP), ['https://me:s3cret@corp.example:8443/a&b']],
  ])('the preset maven opens %s', (_, output, urls) => {
    expect([...new Set(mavenAnswer(output).urls)]).toEqual(urls);
  });

  test('the preset maven opens nothing where Maven does not print it', () => {
    expect(() => mavenAnswer('[INFO] BUILD SUCCESS')).toThrow('does not say what its repositories are');
  });
});

describe('Maven in a bottle', () => {
  test('Maven in a bottle uses a mirror of everything, without its login', () => {
    const text = settings(said(CORP, CORP));
    expect(text).toContain('<url>https://corp.example:8443/a&#38;b</url><mirrorOf>*</mirrorOf>');
    expect(text).not.toContain('s3cret');
  });

  test('Maven in a bottle keeps its repositories without such a mirror', () => {
    const text = settings(said(`${CORP}, ${UNKNOWN}, ${CENTRAL}`, CENTRAL));
    expect(text).not.toContain('mirrorOf');
    expect(text).toContain('<repository><id>corp</id>');
    expect(text).toContain('<pluginRepository><id>central</id>');
    expect(text).not.toContain('unknown.invalid');
  });

  test('Maven in a bottle gets the proxy as an option, because it reads no variable', () => {
    expect(settings(said(CORP, CORP))).toContain('<host>127.200.0.1</host><port>3128</port>');
  });
});
