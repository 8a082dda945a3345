import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath, pid } from 'node:process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runOrThrow } from '../../../src/host/run.ts';
import { assetPath } from '../../../src/host/paths.ts';
import { agentOwner, isRoot } from '../../../src/host/user.ts';
import { layOut } from '../../../src/verify/arena/arena.ts';
import { possibleProbes, viewHost } from '../../../src/verify/arena/host-view.ts';
import { nonceForEach } from '../../../src/verify/arena/nonce.ts';
import { ATTACK_PROGRAM } from '../../../src/verify/arena/programs.ts';
import { aimAt } from '../../../src/verify/arena/targets.ts';
import { watchHostProcesses } from '../../../src/verify/processes/host-processes.ts';
import { successOf } from '../../../src/verify/judge/observe.ts';
import { PROBES } from '../../../src/verify/probes/index.ts';
import { viewWholeProcess } from '../../../src/verify/processes/process-view.ts';

const KERNEL = PROBES.filter(({ family }) => family === 'kernel');

/**
 * An ordinary user's process cannot succeed with what the kernel allows only root. So here root makes the same attempts
 * without a bottle, and the oracle that judges bottles must see each of them.
 */

/** Our own disk beside the host's, which may hide theirs: a file with a marker where file systems have one. */
let disk: { readonly folder: string; readonly device: string } | undefined;
let bystander: ChildProcess | undefined;

beforeAll(async () => {
  if (!isRoot()) return;
  const folder = mkdtempSync(join(tmpdir(), 'kernel-root-'));
  const path = join(folder, 'disk');
  writeFileSync(path, Buffer.alloc(1 << 20, 'mark'));
  disk = { folder, device: (await runOrThrow('losetup', ['--find', '--show', path])).trim() };
  // Runs in separate namespaces, like a host process as seen from a bottle.
  bystander = spawn('unshare', ['--uts', '--ipc', 'sh', '-c', 'read -r line'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(bystander, 'spawn');
});

afterAll(() => {
  bystander?.kill('SIGKILL');
  if (disk === undefined) return;
  execFileSync('losetup', ['--detach', disk.device]);
  rmSync(disk.folder, { recursive: true });
});

/** Leaves out the host name: a change would be visible to everybody. */
const onRootsKernel = KERNEL.filter(({ id, oracle }) => oracle.kind === 'process' && id !== 'host-name');

/** A setuid program changes nothing for root. */
const isForOthers = (id: string): boolean => id === 'setuid-program';

const AT_ONCE = 8;

test.runIf(isRoot())(
  'every attempt on the kernel succeeds for root in the open, where the kernel supports it',
  async () => {
    const probes = possibleProbes(onRootsKernel, await viewHost());
    const nonces = { attempts: nonceForEach(probes.map(({ id }) => id)), controls: {} };
    const bystanderPid = bystander?.pid ?? 0;
    using processes = watchHostProcesses({ probes, nonces, bottle: viewWholeProcess(pid), bystanderPid });
    const left = [...probes];
    const worker = async (): Promise<void> => {
      for (let probe = left.shift(); probe !== undefined; probe = left.shift()) {
        const { id } = probe;
        const argv = [
          assetPath('verify/kernel.pl'),
          id,
          nonces.attempts[id] ?? '',
          '1',
          String(bystanderPid),
        ];
        const as = isForOthers(id) ? agentOwner() : {};
        await once(spawn('perl', argv, { cwd: '/', stdio: 'ignore', ...as }), 'close');
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    const unseen = probes.filter(({ id }) => processes.seen(nonces.attempts[id] ?? '').length === 0);
    // Only CAP_SYS_RESOURCE allows a process to lower its chance of being killed when memory runs out, and not every
    // host gives it to root.
    expect(unseen.map(({ id }) => id)).toEqual(hasCapability(CAP_SYS_RESOURCE) ? [] : ['oom-score']);
  },
  120_000,
);

const CAP_SYS_RESOURCE = 24n;

const hasCapability = (number: bigint): boolean => {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> number) & 1n) === 1n;
};

test.runIf(isRoot())(
  "root in the open reads and reports the host's facts correctly",
  async () => {
    await using arena = await layOut({ attacker: agentOwner(), sides: ['open'], programs: ['verify'] });
    const host = await viewHost();
    const known = possibleProbes(
      PROBES.filter(({ oracle }) => oracle.kind === 'known'),
      host,
    );
    const side = arena.sides.open;
    const targets = aimAt({ attempts: nonceForEach(known.map(({ id }) => id)), controls: {} }, host, side);
    const targetsPath = join(side.dir, 'targets.json');
    writeFileSync(targetsPath, JSON.stringify(targets));
    const program = spawn(execPath, [join(side.programDir, ATTACK_PROGRAM), targetsPath], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const scene = { side, targets, loot: arena.loot, known: host.known, said: await text(program.stdout) };
    const seen = await Promise.all(
      known.map(async (probe) => ((await successOf(probe, scene)).length > 0 ? [probe.id] : [])),
    );
    expect(seen.flat()).toEqual(known.map(({ id }) => id));
    expect(seen.flat()).toContain('read-disk');
  },
  60_000,
);
