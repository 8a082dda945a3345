import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { geteuid } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

/** A network with only a loopback: all ports are free, nothing else talks, and the benchmark defines the names. */

const INSIDE = 'BOT_BOTTLE_BENCH_INSIDE';

export const isInside = (): boolean => process.env[INSIDE] !== undefined;

/**
 * Runs this benchmark again in a separate network, with `hostsPath` as its `/etc/hosts`. Takes over its exit status.
 */
export function runInside(name: string, args: readonly string[], hostsPath = '/etc/hosts'): void {
  const user = geteuid?.() === 0 ? [] : ['--user', '--map-current-user', '--keep-caps'];
  const self = [process.execPath, ...process.execArgv, process.argv[1] ?? '', name, ...args];
  const script = 'ip link set lo up; mount --bind "$0" /etc/hosts; exec "$@"';
  const { status } = spawnSync(
    'unshare',
    [...user, '--net', '--mount', 'sh', '-c', script, hostsPath, ...self],
    {
      stdio: 'inherit',
      env: { ...process.env, [INSIDE]: '1' },
    },
  );
  process.exitCode = status ?? 1;
}

/** Waits until something listens there; throws after ten seconds. */
export async function untilOpen(address: string, port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const probe = connect(port, address)
        .once('connect', () => resolve(true))
        .once('error', () => resolve(false));
      probe.once('connect', () => probe.destroy());
    });
    if (isOpen) return;
    await sleep(100);
  }
  throw new Error(`nothing listens on ${address}:${port}`);
}
