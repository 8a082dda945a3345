import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import type { Targets } from '../../arena/targets.ts';
import { ownDir, some } from '../../guest/file-attempts.ts';
import { processes } from '../../guest/processes.ts';
import type { Probe } from '../probe.ts';

/** Attempts on the programs that make up a bottle's runtime. */

/** Names of runtime programs. Touching one is harmless; writing to one would give root on the host. */
const RUNTIME = /^(?:runc|crun|runsc|bwrap|conmon|docker-init|podman-init|catatonit|containerd-shim.*)$/;
const FOLDERS = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/libexec/podman', '/sbin', '/bin', '/run'];

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Returns the runtime programs, by the links of running processes and by their paths. */
const programs = ({ exePath }: Targets): string[] => [
  ...[...processes(), 'self']
    .map((pid) => `/proc/${pid}/exe`)
    .filter((path) => linkOf(path) === exePath || RUNTIME.test(basename(linkOf(path)))),
  ...FOLDERS.flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => RUNTIME.test(name))
          .map((name) => join(folder, name))
      : [],
  ),
];

const LONG_AGO = new Date(86_400_000);
const touch = (path: string): void => utimesSync(path, LONG_AGO, LONG_AGO);

function touchOwn(): void {
  const path = join(ownDir(), 'sh');
  // The bottle's folder may be mounted noexec, so this touches a copy by its descriptor instead of running it.
  copyFileSync(realpathSync('/bin/sh'), path);
  const held = openSync(path, 'r');
  touch(`/proc/self/fd/${held}`);
  closeSync(held);
  if (statSync(path).mtimeMs !== LONG_AGO.getTime()) throw new Error('the own program is as it was');
}

export const RUNTIMES: readonly Probe[] = [
  {
    id: 'touch-runtime',
    family: 'files',
    claim: 'No program that a bottle is made with can be changed from inside.',
    attack: 'change the runtime through /proc/PID/exe',
    oracle: { kind: 'touched' },
    control: 'said',
    breach: 'is root on the host when the next bottle starts',
    source: 'CVE-2019-5736: runc overwritten through /proc/self/exe (only touched here)',
    run: { attack: (t) => void some(programs(t), touch), control: touchOwn },
  },
];
