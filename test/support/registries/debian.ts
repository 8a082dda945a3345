import { createHash } from 'node:crypto';
import { packed } from './archives.ts';
import type { ClientCase } from './clients.ts';

/** Settings for apt in a bottle: no sources of its own, and state only where the agent may write. */
const GUEST_CONFIGURATION = [
  'Dir::Etc::SourceList "/work/sources.list";',
  'Dir::Etc::SourceParts "/dev/null";',
  'Dir::State "/tmp/apt";',
  'Dir::State::status "/tmp/apt/status";',
  'Dir::Cache "/tmp/apt/cache";',
  'APT::Sandbox::User "";',
  '',
].join('\n');

/** Trusted without a signature: otherwise apt requires the signature of a Debian archive. */
const sourceLine = (url: string): string => `deb [trusted=yes] ${url}/debian ./\n`;

/** A flat repository of one package. Source: deb(5), sources.list(5), DebianRepository/Format in Debian's wiki. */
export const DEBIAN: ClientCase = {
  preset: 'debian',
  serves: async () => {
    const control =
      'Package: hello\nVersion: 1.0\nArchitecture: all\nMaintainer: nobody\nDescription: says hello\n';
    const files = { 'hello/DEBIAN/control': control, 'hello/hello.txt': 'hello from the registry\n' };
    const build = ['dpkg-deb', '--root-owner-group', '--build', 'hello', 'hello.deb'] as const;
    const data = await packed(files, build, 'hello.deb');
    const digest = createHash('sha256').update(data).digest('hex');
    const packages = `${control}Filename: ./hello.deb\nSize: ${data.length}\nSHA256: ${digest}\n`;
    return { '/debian/./Packages': packages, '/debian/./hello.deb': data };
  },
  homeFiles: ({ url, home }) => ({
    'apt.conf': `Dir::Etc::SourceList "${home}/sources.list";\nDir::Etc::SourceParts "/dev/null";\n`,
    'sources.list': sourceLine(url),
  }),
  env: ({ home }) => ({ APT_CONFIG: `${home}/apt.conf` }),
  project: ({ url }) => ({ 'apt.conf': GUEST_CONFIGURATION, 'sources.list': sourceLine(url) }),
  script: [
    'export APT_CONFIG=/work/apt.conf',
    'mkdir -p /tmp/apt/lists/partial /tmp/apt/cache/archives/partial && touch /tmp/apt/status && cd /tmp',
    'apt-get update >&2',
    'apt-get download hello >&2',
    'dpkg-deb --fsys-tarfile hello_*.deb | tar --extract --to-stdout ./hello.txt',
  ].join(' && '),
  asked: '/debian/./hello.deb',
};
