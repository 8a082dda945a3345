import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withoutLogin, xmlText, type Answer, type Ask, type GuestProxy, type Preset } from './preset.ts';

/**
 * Maven: the repositories that it reports for a project with only a placeholder repository, with mirrors and profiles
 * applied.
 */
export const MAVEN: Preset = {
  program: 'mvn',
  variables: ['JAVA_HOME', 'M2_HOME', 'MAVEN_HOME', 'MAVEN_ARGS', 'MAVEN_OPTS'],
  read: readMaven,
  projectFiles: ['pom.xml'],
};

/** A repository that no user has: if a mirror replaces it, that mirror replaces every repository. */
const UNKNOWN = 'bot-bottle-unknown';

const POM = `<project><modelVersion>4.0.0</modelVersion><groupId>question</groupId><artifactId>question</artifactId>
<version>1</version><packaging>pom</packaging><repositories><repository><id>${UNKNOWN}</id>
<url>https://unknown.invalid/</url></repository></repositories></project>`;

async function readMaven(ask: Ask): Promise<Answer> {
  const dir = await mkdtemp(join(tmpdir(), 'bot-bottle-maven-'));
  try {
    const pom = join(dir, 'pom.xml');
    await writeFile(pom, POM);
    // With this folder, Maven does not search the folders above for a project's extensions.
    await mkdir(join(dir, '.mvn'));
    const command = ['mvn', '--batch-mode', '--debug', '--offline', '--file', pom, 'validate'] as const;
    return mavenAnswer(await ask(command, { timeoutMs: 60_000 }));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

interface Repository {
  readonly id: string;
  readonly url: string;
}

/** Parses the build plan that `mvn --debug validate` prints. Pure. @throws Error if it names no repositories */
export function mavenAnswer(output: string): Answer {
  const all = repositoriesIn(output, 'dependencies');
  const plugins = repositoriesIn(output, 'plugins').filter(({ id }) => id !== UNKNOWN);
  const dependencies = all.filter(({ id }) => id !== UNKNOWN);
  if (dependencies.length === 0) throw new Error('mvn --debug does not say what its repositories are');
  const [first] = dependencies;
  const isMirrorOfAll = dependencies.length === all.length && all.length === 1;
  const mirrors = isMirrorOfAll && first !== undefined ? [first] : [];
  const named = isMirrorOfAll ? { dependencies: [], plugins: [] } : { dependencies, plugins };
  return {
    urls: [...dependencies, ...plugins].map(({ url }) => url),
    settings: (proxy) => ({
      env: { MAVEN_OPTS: JAVA_OPTIONS },
      homeFiles: { '.m2/settings.xml': settingsXml({ mirrors, ...named }, proxy) },
    }),
  };
}

/**
 * Each image's Java has its own certificate store; the bottle's is at this path. An image may list the agent with
 * another home folder.
 */
const JAVA_OPTIONS = '-Djavax.net.ssl.trustStore=/etc/bot-bottle/cacerts -Duser.home=/home/agent';

function repositoriesIn(output: string, kind: 'dependencies' | 'plugins'): readonly Repository[] {
  const line = output.split('\n').find((one) => one.includes(`Repositories (${kind})`)) ?? '';
  return [...line.matchAll(/[[ ]([^\s,[\]()]+) \(([a-z]+:\S+?), \w+, [\w+]+\)/g)].map(
    ([, id = '', url = '']) => ({
      id,
      url,
    }),
  );
}

interface Written {
  readonly mirrors: readonly Repository[];
  readonly dependencies: readonly Repository[];
  readonly plugins: readonly Repository[];
}

/** Format: https://maven.apache.org/settings.html. Contains the proxy because Maven reads no proxy variable. */
function settingsXml({ mirrors, dependencies, plugins }: Written, { host, port }: GuestProxy): string {
  const proxies = ['http', 'https'].map(
    (protocol) =>
      `<proxy><id>${protocol}</id><active>true</active><protocol>${protocol}</protocol><host>${host}</host>` +
      `<port>${port}</port><nonProxyHosts>localhost|127.*</nonProxyHosts></proxy>`,
  );
  const as = (tag: string, repositories: readonly Repository[]): string =>
    repositories.map((one) => `<${tag}>${repositoryXml(one)}</${tag}>`).join('');
  return [
    '<settings>',
    `<proxies>${proxies.join('')}</proxies>`,
    `<mirrors>${mirrors.map((one) => `<mirror>${repositoryXml(one)}<mirrorOf>*</mirrorOf></mirror>`).join('')}</mirrors>`,
    '<profiles><profile><id>host</id>',
    `<repositories>${as('repository', dependencies)}</repositories>`,
    `<pluginRepositories>${as('pluginRepository', plugins)}</pluginRepositories>`,
    '</profile></profiles>',
    '<activeProfiles><activeProfile>host</activeProfile></activeProfiles>',
    '</settings>',
    '',
  ].join('\n');
}

const repositoryXml = ({ id, url }: Repository): string =>
  `<id>${xmlText(id)}</id><url>${xmlText(withoutLogin(url)[0] ?? '')}</url>`;
