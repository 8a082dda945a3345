import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEngineClient, type EngineClient } from '../../src/drivers/engine/client.ts';
import { downloadEnvironment } from '../../src/host/env.ts';
import { findProgram } from '../../src/host/programs.ts';
import { run, runOrThrow } from '../../src/host/run.ts';

/** A Debian 12 in a folder, made with mmdebstrap: its own nft, Podman and kernel package, on this host's kernel. */

const PACKAGES = ['nftables', 'podman', 'crun', 'netavark', 'ca-certificates', 'mount'];
const MAKE_MS = 10 * 60_000;

/** Makes it; root only. @throws Error with the reason where mmdebstrap or a mirror is missing */
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

/** The mirror that this host's apt uses. */
function mirror(): string {
  const sources = readFileSync('/etc/apt/sources.list.d/debian.sources', 'utf8');
  const uri = /^URIs: (\S+)$/m.exec(sources)?.[1];
  if (uri === undefined) throw new Error('/etc/apt/sources.list.d/debian.sources names no mirror of Debian');
  return uri;
}

/** Gives it /proc, /dev, /sys and folders of its own, in a mount namespace that ends with the program; then runs the script as its root. */
const ENTER = `
set -e
root=$1; script=$2
mount --make-rprivate /
mount --bind "$root" "$root"
mkdir -p "$root/old" "$root/var/lib/containers"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
for folder in run var/tmp var/lib/containers; do mount -t tmpfs tmpfs "$root/$folder"; done
cd "$root"
pivot_root . old
umount --lazy /old
exec sh -c "$script"`;

/** Runs a script in it, in a network of its own with this bridge, and gives what it prints. @throws BottleError */
export async function runInNetwork(rootDir: string, bridge: string, script: string): Promise<string> {
  const inside = `ip link add ${bridge} type bridge\n${ENTER}`;
  return await runOrThrow('unshare', ['--mount', '--net', 'sh', '-c', inside, 'sh', rootDir, script]);
}

export interface PodmanOfDebian12 {
  readonly client: EngineClient;
  readonly end: () => Promise<void>;
}

const START_MS = 30_000;

/** Starts its Podman's service, with an empty store. @throws Error with what it says */
export async function startPodman(rootDir: string): Promise<PodmanOfDebian12> {
  mkdirSync(join(rootDir, 'sock'), { recursive: true });
  const script = 'exec podman --storage-driver vfs system service --time=0 unix:///sock/s';
  const service = spawn('unshare', ['--mount', 'sh', '-c', ENTER, 'sh', rootDir, script], {
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
