import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadEnvironment } from '../../../src/host/env.ts';
import { run, runOrThrow } from '../../../src/host/run.ts';
import { mirror } from '../hosts/debian-12.ts';

const REFERENCE = 'localhost/bot-bottle-test/registry-clients:2';
const PACKAGES = [
  'ca-certificates',
  'cargo',
  'composer',
  'curl',
  'default-jre-headless',
  'elixir',
  'erlang-hex',
  'golang-go',
  'gradle',
  'maven',
  'perl',
  'php-curl',
  'php-mbstring',
  'python3-pip',
  'ruby',
];

/**
 * Returns a Docker image with package clients, of this host's release of Debian; makes it once.
 * @throws Error if that fails
 */
export async function makeClientsImage(): Promise<string> {
  if ((await run('docker', ['image', 'inspect', REFERENCE])).exitCode === 0) return REFERENCE;
  const dir = await mkdtemp('/var/tmp/bb-clients-');
  try {
    const tar = join(dir, 'image.tar');
    const suite = /^VERSION_CODENAME=(\S+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
    await runOrThrow(
      'mmdebstrap',
      ['--variant=apt', `--include=${PACKAGES.join(',')}`, suite, tar, mirror()],
      {
        env: downloadEnvironment(),
        timeoutMs: 840_000,
      },
    );
    const path = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    await runOrThrow('docker', ['import', '--change', path, tar, REFERENCE], { timeoutMs: 120_000 });
    return REFERENCE;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
