import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer, Ask, Preset } from './preset.ts';

/**
 * Gradle: its built-in plugin portal and Maven Central, or what scripts in the user's home (`init.d`) replace them
 * with.
 */
export const GRADLE: Preset = {
  program: 'gradle',
  variables: ['JAVA_HOME', 'GRADLE_HOME', 'GRADLE_USER_HOME'],
  read: readGradle,
  projectFiles: ['build.gradle', 'build.gradle.kts', 'settings.gradle', 'settings.gradle.kts'],
};

const MARK = 'bot-bottle-repository';

/** Declares both repositories, as most builds do, before the user's own scripts inspect them. */
const BUILD = `repositories { mavenCentral() }
buildscript { repositories { gradlePluginPortal() } }
task question { doLast {
  (repositories + buildscript.repositories).each { if (it.hasProperty('url')) println "${MARK} \${it.url}" }
} }
`;

async function readGradle(ask: Ask): Promise<Answer> {
  const dir = await mkdtemp(join(tmpdir(), 'bot-bottle-gradle-'));
  try {
    await mkdir(join(dir, 'cache'));
    await writeFile(join(dir, 'build.gradle'), BUILD);
    await writeFile(join(dir, 'settings.gradle'), ''); // so that Gradle does not search the folders above
    const own = ['--project-dir', dir, '--project-cache-dir', join(dir, 'cache')];
    const command = ['gradle', '--offline', '--quiet', '--no-daemon', ...own, 'question'] as const;
    return gradleAnswer(await ask(command, { timeoutMs: 60_000 }));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Parses the lines that the build prints. Pure. */
export function gradleAnswer(output: string): Answer {
  const urls = [...output.matchAll(new RegExp(`^${MARK} (\\S+)$`, 'gm'))].map(([, url = '']) => url);
  return {
    urls,
    settings: ({ host, port }) => ({
      env: { GRADLE_USER_HOME: '/home/agent/.gradle' },
      homeFiles: {
        '.gradle/gradle.properties': [
          ...['http', 'https'].flatMap((protocol) => [
            `systemProp.${protocol}.proxyHost=${host}`,
            `systemProp.${protocol}.proxyPort=${port}`,
            `systemProp.${protocol}.nonProxyHosts=localhost|127.*`,
          ]),
          'systemProp.javax.net.ssl.trustStore=/etc/bot-bottle/cacerts',
          '',
        ].join('\n'),
      },
    }),
  };
}
