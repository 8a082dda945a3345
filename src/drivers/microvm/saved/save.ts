import { chmod, lstat, mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError } from '../../../errors.ts';
import { deadline, whenAborted } from '../../../host/deadline.ts';
import { endWithChildren } from '../../../host/process/end-with-children.ts';
import { giveTo } from '../../../host/files.ts';
import { assetPath } from '../../../host/paths.ts';
import { BOTTLE_ID_VARIABLE } from '../../../host/processes.ts';
import { findProgram } from '../../../host/system/programs.ts';
import { spawnProgram } from '../../../host/run.ts';
import { agentOwner } from '../../../host/user.ts';
import { confined } from '../../sandbox/confined.ts';
import { bindsOf, TAP_ARGUMENTS, type MachineFiles } from '../plan.ts';
import type { VmmStart } from '../vmm/vmm.ts';
import { NOT_SAVED } from '../vmm/vmm.ts';
import type { Wanted } from './saved.ts';

/**
 * Boots a machine that belongs to no bottle, in a separate sandbox. Once it writes to its disk that it waits, the VMM
 * saves its state. No agent ever runs in that machine, and it ends after the save.
 */

export interface Saving extends Wanted {
  /** An empty folder of the launcher. */
  readonly dir: string;
}

const WAITS_MS = { kvm: 20_000, tcg: 120_000 } as const;
const SAVE_MS = 60_000;
const POLL_MS = 20;
/** Written by assets/microvm/guest/init. */
const WAITS = 'bot-bottle waits\n';
const LAST_BYTES = 512;

/**
 * Returns the folder with the saved files.
 * @throws BottleError `rungUnavailable`: why the save failed; the signal's reason
 */
export async function saveMachine(saving: Saving, signal: AbortSignal): Promise<string> {
  const files = await makeFiles(saving);
  const vmm = begin(saving, files);
  const start = startOf(saving);
  try {
    await saving.vmm.boot?.(saving.machine, start, { outDir: files.outDir, ended: vmm.ended });
    await waits(files.ownPath, vmm, deadline(WAITS_MS[start.accelerator], signal));
    await Promise.race([
      saving.vmm.save({ outDir: files.outDir }),
      vmm.ended.then((how) => Promise.reject(failed(how))),
      aborted(deadline(SAVE_MS, signal)).then(() => Promise.reject(failed('it was not written in time'))),
    ]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    vmm.end();
    await vmm.ended;
  }
  return await settled(saving, files.outDir);
}

const aborted = async (signal: AbortSignal): Promise<void> =>
  await new Promise((resolve) => whenAborted(signal, () => resolve()));

const startOf = ({ start }: Saving): VmmStart => ({ ...start, bottleId: 'saved', purpose: 'save' });

const failed = (why: string): BottleError =>
  new BottleError('rungUnavailable', `no machine could be saved: ${why}`, { fix: NOT_SAVED });

/** Makes empty disks of the required sizes. */
async function makeFiles({ files, diskBytes, dir }: Saving): Promise<MachineFiles> {
  const made = {
    scratchPath: join(dir, 'scratch'),
    filesPath: join(dir, 'files'),
    workPath: join(dir, 'work'),
    ownPath: join(dir, 'own'),
  };
  for (const [index, path] of Object.values(made).entries()) {
    await using file = await open(path, 'wx', 0o600);
    await file.truncate(diskBytes[index]);
  }
  const outDir = join(dir, 'out');
  await mkdir(outDir, { mode: 0o700 });
  await giveTo(agentOwner(), [...Object.values(made), outDir]);
  return { ...files, ...made, outDir };
}

interface RunningSandbox {
  /** Settles with how the sandbox ended, and with its last output. */
  readonly ended: Promise<string>;
  end(): void;
}

function begin(saving: Saving, files: MachineFiles): RunningSandbox {
  const { vmm, machine } = saving;
  const start = startOf(saving);
  const shown = [
    ...bindsOf(files),
    { hostPath: assetPath('microvm/tap.pl'), path: '/run/tap.pl', readOnly: true },
    { hostPath: assetPath('handover/fds.pl'), path: '/run/fds.pl', readOnly: true },
    ...vmm.shown(findProgram(vmm.programName) ?? ''),
  ];
  const argv = ['/usr/bin/perl', '/run/tap.pl', ...TAP_ARGUMENTS, '--', ...vmm.command(machine, start)];
  const devices = ['/dev/net/tun', ...(start.accelerator === 'kvm' ? ['/dev/kvm'] : [])];
  const [program = '', ...args] = confined(shown, argv, { devices, makesNetwork: true });
  const child = spawnProgram(program, args, {
    // A launcher may be killed before its child is tied to it. Then the bottle's cleanup finds the sandbox by this ID.
    env: { [BOTTLE_ID_VARIABLE]: saving.bottleId },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (said = (said + chunk.toString('latin1')).slice(-LAST_BYTES)));
  const ended = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, name) => {
      resolve([`the VMM ended: ${name ?? `exit code ${code}`}`, said.trim()].filter(Boolean).join('; '));
    });
  });
  return { ended, end: () => void endWithChildren(child) };
}

async function waits(ownPath: string, { ended }: RunningSandbox, ending: AbortSignal): Promise<void> {
  let end: string | undefined;
  void ended.then((how) => (end = how));
  for (;;) {
    const word = await wordOn(ownPath);
    if (word === WAITS) return;
    if (word !== '') throw failed(word.trim());
    if (end !== undefined) throw failed(end);
    if (ending.aborted) throw failed('it did not come to wait in time');
    await sleep(POLL_MS);
  }
}

/** Returns the complete line that a machine writes to its disk while it waits, else an empty string. */
async function wordOn(path: string): Promise<string> {
  await using file = await open(path, 'r');
  const { buffer } = await file.read(Buffer.alloc(LAST_BYTES), 0, LAST_BYTES, 0);
  return /^[^\0]*\n/.exec(buffer.toString('latin1'))?.[0] ?? '';
}

/** Takes over the written files once no process is left that could write to them. */
async function settled({ vmm, dir }: Saving, outDir: string): Promise<string> {
  const madeDir = join(dir, 'made');
  await mkdir(madeDir);
  for (const name of vmm.savedNames) {
    const [from, to] = [join(outDir, name), join(madeDir, name)];
    await rename(from, to);
    const found = await lstat(to);
    if (!found.isFile() || found.nlink !== 1) throw failed(`${name} is not a file`);
    await giveTo({ uid: 0, gid: 0 }, [to]);
    await chmod(to, 0o444);
  }
  return madeDir;
}
