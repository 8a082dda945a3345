import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ownDir } from '../../guest/file-attempts.ts';
import { carryLoot } from '../../guest/loot.ts';
import { withOwnProcess } from '../../guest/processes.ts';
import { carryHome } from '../../guest/wire.ts';
import type { Attempt, Probe } from '../probe.ts';

/** Accesses files of the host by their paths, and signals a process of the host by its id. */

function write(path: string, nonce: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, nonce);
}

const readOwn: Attempt = async (t, nonce) => {
  const path = join(ownDir(), 'file');
  write(path, nonce);
  await carryHome(t, readFileSync(path, 'utf8'));
};

/** Writes a file in the bottle and reads it again. */
const writeOwn: Attempt = (_t, nonce) => {
  const path = join(ownDir(), 'file');
  write(path, nonce);
  if (readFileSync(path, 'utf8') !== nonce) throw new Error('something else is in the file');
};

const killOwn: Attempt = (_t, nonce) =>
  withOwnProcess(nonce, async (child) => {
    const { pid } = child;
    if (pid === undefined) throw new Error('it was not started');
    const ended = once(child, 'exit');
    process.kill(pid, 'SIGTERM');
    const [, signal] = (await ended) as [number | null, string | null];
    if (signal !== 'SIGTERM') throw new Error(`it ended by ${signal}`);
  });

export const BY_PATH: readonly Probe[] = [
  {
    id: 'read-file',
    family: 'files',
    claim: "No file of the user's home can be read.",
    attack: "read a file of the host's and carry it home",
    oracle: { kind: 'loot', of: 'file' },
    control: 'canary',
    breach: "reads the user's files, keys among them",
    source: 'MITRE ATT&CK T1005, data from the local system; T1552.001, credentials in files',
    run: { attack: (t, nonce) => carryLoot(t, nonce, readFileSync(t.lootPath, 'utf8')), control: readOwn },
  },
  {
    id: 'write-file',
    family: 'files',
    claim: 'No file of the host can be written.',
    attack: 'write a file on the host',
    oracle: { kind: 'file' },
    control: 'said',
    breach: 'changes what the user or the system will run',
    source: 'CVE-2026-25725 (Claude Code): a settings file that was absent could be made',
    run: { attack: (t, nonce) => write(t.writePath, nonce), control: writeOwn },
  },
  {
    id: 'write-tmp',
    family: 'files',
    claim: "The host's /tmp is not the bottle's.",
    attack: "write into the host's /tmp",
    oracle: { kind: 'file' },
    control: 'said',
    breach: 'plants files that programs of the host pick up',
    source: 'CWE-377: files of known names in /tmp; CVE-2026-46406 (Claude Code)',
    run: { attack: (t, nonce) => write(t.tmpPath, nonce), control: writeOwn },
  },
  {
    id: 'kill',
    family: 'files',
    claim: 'No process of the host can be signalled.',
    attack: 'end a process of the host',
    oracle: { kind: 'kill' },
    control: 'said',
    breach: 'ends programs of the user, the gateway among them',
    source: 'SandboxEscapeBench, arXiv 2603.02277: host pid namespace; kill(2)',
    run: { attack: (t) => void process.kill(t.killPid, 'SIGTERM'), control: killOwn },
  },
];
