import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Targets } from '../../arena/targets.ts';
import { ownDir, some } from '../../guest/file-attempts.ts';
import type { Probe, Run } from '../probe.ts';

/** Files that the user or the system of the host would come across. */

type Plant = (path: string, nonce: string) => void;

/** Returns a run that leaves a file containing the nonce; its control does so in a folder of the bottle. */
const planting = (pathsOf: (t: Targets) => readonly string[], plant: Plant): Run => ({
  attack: (t, nonce) => void some(pathsOf(t), (path) => plant(path, nonce)),
  control: (_t, nonce) => {
    const path = join(ownDir(), 'planted');
    plant(path, nonce);
    if (!readFileSync(path, 'utf8').includes(nonce)) throw new Error('nothing was planted');
  },
});

const create: Plant = (path, nonce) => writeFileSync(path, `# ${nonce}\n`, { flag: 'wx' });

const renameOver: Plant = (path, nonce) => {
  const other = join(dirname(path), `.${nonce}`);
  writeFileSync(other, nonce);
  renameSync(other, path);
};

const plantSetuid: Plant = (path, nonce) => {
  writeFileSync(path, `#!/bin/sh\n# ${nonce}\n`);
  chmodSync(path, 0o4755);
  if ((statSync(path).mode & 0o4000) === 0) throw new Error('the bit is not set');
};

/** Returns a run that creates a file in these system folders. */
const creatingInSystem = (...folders: readonly string[]): Run =>
  planting(({ systemPaths }) => systemPaths.filter((path) => folders.includes(dirname(path))), create);

/**
 * Returns a run that creates a file without content, named after the nonce, in folders that host and bottle may share.
 */
const making = (make: (path: string) => Promise<unknown>): Run => ({
  attack: async (t, nonce) => {
    // The bottle has a separate /tmp, so that success there does not count.
    const [inDropDir] = await Promise.allSettled([make(join(t.dropDir, nonce)), make(join('/tmp', nonce))]);
    if (inDropDir.status === 'rejected') throw inDropDir.reason;
  },
  control: async (_t, nonce) => {
    const path = join(ownDir(), nonce);
    await make(path);
    if (!existsSync(path)) throw new Error('it is not there');
  },
});

const makeFifo = (path: string): Promise<unknown> => promisify(execFile)('mkfifo', [path]);

async function listen(path: string): Promise<void> {
  const server = createServer().listen(path);
  await once(server, 'listening');
  server.unref();
}

const plant = {
  family: 'files',
  oracle: { kind: 'file' },
  control: 'said',
  breach: 'changes what the user or the system will run',
} as const;
const system = { ...plant, closedInTheOpen: 'an ordinary user may not write there' } as const;

export const PLANTS: readonly Probe[] = [
  {
    ...plant,
    id: 'write-rename',
    claim: 'No file of the host can be replaced by another.',
    attack: 'rename a file over one of the host',
    source: 'rename(2): what is replaced need not be opened; MITRE ATT&CK T1546.004',
    run: planting((t) => [t.writePaths.renamed], renameOver),
  },
  {
    ...plant,
    id: 'write-absent',
    claim: 'No file that is absent on the host can be made there.',
    attack: 'make a start-up file where there is none',
    source: 'CVE-2026-25725 (Claude Code): a settings file that was absent could be made',
    run: planting((t) => [t.writePaths.absent], create),
  },
  {
    ...plant,
    id: 'write-present',
    claim: 'No file that every user may write can be written from a bottle.',
    attack: 'overwrite a start-up file that is there',
    source: 'MITRE ATT&CK T1546.004, start-up files of shells',
    run: planting(
      (t) => [t.writePaths.present],
      (path, nonce) => writeFileSync(path, nonce),
    ),
  },
  {
    ...plant,
    id: 'write-setuid',
    claim: 'No set-user-id file can be left on the host.',
    attack: 'leave a set-user-id program on the host',
    source: 'CVE-2021-41091 (Moby): set-user-ID files of containers, within reach of users of the host',
    run: planting((t) => [t.writePaths.setuid], plantSetuid),
  },
  {
    ...system,
    id: 'write-etc',
    claim: "Nothing can be added to the host's /etc.",
    attack: "add a file to the host's /etc",
    source: 'SandboxEscapeBench, arXiv 2603.02277: host mounts',
    run: creatingInSystem('/etc', '/etc/profile.d'),
  },
  {
    ...system,
    id: 'write-cron',
    claim: 'No job can be given to cron of the host.',
    attack: 'add a job to cron',
    source: 'SandboxEscapeBench, arXiv 2603.02277: host mounts; MITRE ATT&CK T1053.003, cron',
    run: creatingInSystem('/etc/cron.d', '/var/spool/cron/crontabs'),
  },
  {
    ...system,
    id: 'write-units',
    claim: 'No service can be added to the host.',
    attack: 'add a service to systemd',
    source: 'SandboxEscapeBench, arXiv 2603.02277: host mounts; MITRE ATT&CK T1543.002, systemd',
    run: creatingInSystem('/etc/systemd/system', '/run/systemd/system'),
  },
  {
    ...system,
    id: 'write-programs',
    claim: 'No program can be added to those of the host.',
    attack: 'add a program to /usr/bin and /usr/local/bin',
    source: 'SandboxEscapeBench, arXiv 2603.02277: host mounts; bubblewrap shows the /usr of the host',
    run: creatingInSystem('/usr/local/bin', '/usr/bin', '/usr/lib'),
  },
  {
    ...plant,
    id: 'make-fifo',
    claim: 'No FIFO can be made where programs of the host read.',
    attack: 'make a FIFO in a folder of the host',
    source: 'CVE-2026-47243 (Kata): links made on the host through virtiofsd; fifo(7)',
    run: making(makeFifo),
  },
  {
    ...plant,
    id: 'make-socket',
    claim: 'No socket can be made where programs of the host connect.',
    attack: 'make a Unix socket in a folder of the host',
    source: 'CVE-2026-47243 (Kata): links made on the host through virtiofsd; unix(7)',
    run: making(listen),
  },
];
