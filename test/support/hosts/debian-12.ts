import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { arch } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEngineClient, type EngineClient } from '../../../src/drivers/engine/client.ts';
import { downloadEnvironment } from '../../../src/host/env.ts';
import { findProgram } from '../../../src/host/system/programs.ts';
import { fetchPinned } from '../../../src/drivers/image/pinned-package.ts';
import { NODE_PINS } from '../../../src/drivers/image/pins.ts';
import { packageRoot } from '../../../src/host/paths.ts';
import { run, runOrThrow, type RunResult } from '../../../src/host/run.ts';

/** A Debian 12 in a folder, made with mmdebstrap: its own programs and its kernel package, on this host's kernel. */

const PACKAGES = [
  'nftables podman crun runc netavark catatonit ca-certificates mount iproute2 procps git uidmap mmdebstrap',
  'docker.io iptables qemu-system-x86 erofs-utils dropbear-bin busybox-static perl openssh-client e2fsprogs lz4',
].flatMap((line) => line.split(' '));
const MAKE_MS = 10 * 60_000;

/** Makes the Debian; needs root. @throws Error with the reason if mmdebstrap or a mirror is missing */
export async function makeDebian12(rootDir: string): Promise<void> {
  if (findProgram('mmdebstrap') === undefined)
    throw new Error('these tests need mmdebstrap: sudo apt install mmdebstrap');
  const made = await run(
    'mmdebstrap',
    [
      '--variant=apt',
      '--skip=cleanup/apt', // its lists name the kernel's package
      `--include=${PACKAGES.join(',')}`,
      'bookworm',
      rootDir,
      mirror(),
    ],
    { timeoutMs: MAKE_MS, env: downloadEnvironment() },
  );
  if (made.exitCode === 0) return;
  const said = made.stderr.trim().split('\n').slice(-5).join('\n');
  throw new Error(`these tests need a mirror of Debian that has bookworm; mmdebstrap says:\n${said}`);
}

/** Returns the mirror that this host's apt uses. */
export function mirror(): string {
  const sources = readFileSync('/etc/apt/sources.list.d/debian.sources', 'utf8');
  const uri = /^URIs: (\S+)$/m.exec(sources)?.[1];
  if (uri === undefined) throw new Error('/etc/apt/sources.list.d/debian.sources names no mirror of Debian');
  return uri;
}

/**
 * Mounts /proc, /dev, /sys and private folders in a mount namespace that ends with the program. Then runs the script as
 * root of the Debian, without the capability to set the clock, because no namespace has a separate clock.
 */
const ENTER = `
set -e
root=$1; script=$2; clone=$3
mount --make-rprivate /
mount --bind "$root" "$root"
mkdir -p "$root/old" "$root/var/lib/containers" "$root/var/lib/docker" "$root/opt/bot-bottle"
mount --bind "$clone" "$root/opt/bot-bottle"
mount -o remount,bind,ro "$root/opt/bot-bottle"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
for folder in run var/tmp var/lib/containers var/lib/docker; do mount -t tmpfs tmpfs "$root/$folder"; done
cd "$root"
pivot_root . old
umount --lazy /old
exec setpriv --bounding-set -sys_time --inh-caps -sys_time sh -c "$script"`;

const entering = (rootDir: string, script: string): readonly string[] => [
  'sh',
  rootDir,
  script,
  packageRoot(),
];

/** Runs a script in the Debian, in a separate network with this bridge, and returns its output. @throws BottleError */
export async function runInNetwork(rootDir: string, bridge: string, script: string): Promise<string> {
  const inside = `ip link add ${bridge} type bridge\n${ENTER}`;
  return await runOrThrow('unshare', ['--mount', '--net', 'sh', '-c', inside, ...entering(rootDir, script)]);
}

/**
 * Adds what Debian 12 lacks or has in too old a version: Node and npm. Also adds this host's certificate authorities,
 * for downloads.
 */
export async function addNode(rootDir: string, signal: AbortSignal): Promise<void> {
  const pin = NODE_PINS[arch];
  if (pin === undefined) throw new Error(`no Node is known for ${arch}`);
  const localDir = join(rootDir, 'usr/local');
  const packed = await fetchPinned(pin, rootDir, signal);
  await runOrThrow('tar', ['--extract', '--file', packed, '--directory', localDir, '--strip-components=1']);
  const npmDir = join(realpathSync(findProgram('npm') ?? 'npm'), '../..');
  cpSync(npmDir, join(localDir, 'lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(localDir, 'bin/npm'));
  copyFileSync(`/${TRUSTED}`, join(rootDir, TRUSTED));
}

const TRUSTED = 'etc/ssl/certs/ca-certificates.crt';

/**
 * Runs a script in the Debian, with a command `bot_bottle`, in this host's network or a separate one without a way out.
 */
export async function runInDebian12(
  rootDir: string,
  script: string,
  { ownNetwork, timeoutMs }: { readonly ownNetwork: boolean; readonly timeoutMs: number },
): Promise<RunResult> {
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', ...(ownNetwork ? ['--net'] : [])];
  const registry = (await runOrThrow('npm', ['config', 'get', 'registry'], { cwd: '/' })).trim();
  const env = {
    ...downloadEnvironment(),
    NPM_CONFIG_REGISTRY: registry,
    NODE_EXTRA_CA_CERTS: `/${TRUSTED}`,
    HOME: '/root',
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin',
  };
  const whole = `bot_bottle() { node /opt/bot-bottle/dist/cli.cjs "$@"; }\n${script}`;
  const args = [...namespaces, 'sh', '-c', ENTER, ...entering(rootDir, whole)];
  return await run('unshare', args, { env, timeoutMs });
}

export interface PodmanOfDebian12 {
  readonly client: EngineClient;
  readonly end: () => Promise<void>;
}

const START_MS = 30_000;

/** Starts the Debian's Podman service with an empty store. @throws Error with the service's output */
export async function startPodman(rootDir: string): Promise<PodmanOfDebian12> {
  mkdirSync(join(rootDir, 'sock'), { recursive: true });
  const script = 'exec podman --storage-driver vfs system service --time=0 unix:///sock/s';
  const service = spawn('unshare', ['--mount', 'sh', '-c', ENTER, ...entering(rootDir, script)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  service.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(service, 'close');
  const end = async (): Promise<void> => {
    service.kill();
    await ended;
  };
  const client = createEngineClient({ socketPath: join(rootDir, 'sock/s'), prefix: '/v5.0.0' });
  for (const deadline = Date.now() + START_MS; !(await answers(client)); await sleep(50)) {
    if (service.exitCode === null && Date.now() < deadline) continue;
    await end();
    throw new Error(`the Podman of Debian 12 does not start: ${said}`);
  }
  return { client, end };
}

const answers = async (client: EngineClient): Promise<boolean> =>
  await client.call({ method: 'GET', path: '/libpod/version' }).then(
    () => true,
    () => false,
  );
