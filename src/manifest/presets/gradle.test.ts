import { expect, test } from 'vitest';
import { gradleAnswer } from './gradle.ts';

test('the preset gradle opens the repositories that the build prints, and no other URL', () => {
  const said =
    'Deprecated: see https://docs.example/\nbot-bottle-repository https://portal.example/m2\nbot-bottle-repository http://corp.example:8081/m2/\n';
  expect(gradleAnswer(said).urls).toEqual(['https://portal.example/m2', 'http://corp.example:8081/m2/']);
});

test('Gradle in a bottle gets the proxy and the trust store as options, because it reads no variable', () => {
  const { homeFiles } = gradleAnswer('').settings?.({ host: '127.200.0.1', port: 3128 }) ?? {};
  const lines = (homeFiles?.['.gradle/gradle.properties'] ?? '').split('\n');
  expect(lines).toContain('systemProp.https.proxyHost=127.200.0.1');
  expect(lines).toContain('systemProp.https.proxyPort=3128');
  expect(lines).toContain('systemProp.javax.net.ssl.trustStore=/etc/bot-bottle/cacerts');
});
