import { chmodSync, chownSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { run, runOrThrow } from '../../src/host/run.ts';
import { mustRun, say } from './command.ts';
import type { HostFacts } from './host-facts.ts';

/**
 * The ordinary user for the tests that need no root: bubblewrap, and rootless Podman as far as the host supports it.
 */
export const TEST_USER = 'bottle-test';

/**
 * Makes sure that the user exists, with subordinate ids, a run-time folder, and devices as udev leaves them. Needs
 * root.
 */
export async function ensureTestUser(facts: HostFacts): Promise<void> {
  if ((await run('id', ['-u', TEST_USER])).exitCode !== 0) {
    say(`adding the user ${TEST_USER}, as whom the tests do what needs no root`);
    // useradd assigns subordinate ids itself: useradd(8), SUB_UID_COUNT.
    await mustRun(['useradd', '--create-home', '--shell', '/bin/bash', TEST_USER]);
  }
  await makeRuntimeDir();
  if (!facts.hasUdev) openDevices();
}

/** Makes the folder that pam_systemd makes at a login: the XDG base directory specification requires it. */
async function makeRuntimeDir(): Promise<void> {
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number(await runOrThrow('id', [flag, TEST_USER]))),
  );
  const path = `/run/user/${uid}`;
  if (uid === undefined || gid === undefined || existsSync(path)) return;
  mkdirSync('/run/user', { recursive: true, mode: 0o755 });
  mkdirSync(path, { mode: 0o700 });
  chownSync(path, uid, gid);
}

/** Networks of rootless Podman open these devices; udev's 50-udev-default.rules gives everybody access to them. */
function openDevices(): void {
  for (const path of ['/dev/net/tun', '/dev/fuse']) {
    if (!existsSync(path) || (statSync(path).mode & 0o777) === 0o666) continue;
    say(`${path} becomes usable for everybody, as udev makes it on other hosts`);
    chmodSync(path, 0o666);
  }
}
