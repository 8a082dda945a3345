import { randomBytes } from 'node:crypto';
import { deadline } from '../../../host/deadline.ts';
import { BottleError } from '../../../errors.ts';
import type { Connection } from '../engine/engine.ts';
import type { ContainerPlan } from '../body/hardening.ts';
import { containerName } from '../names.ts';
import { ensureCheckImage, programMounts } from '../check/image.ts';
import { runToEnd } from '../engine/run-to-end.ts';

/**
 * Root of a bottle writes to its workspace as root of the engine: on Docker that is root of the host, on rootless
 * Podman a subordinate id. An ordinary user of the engine cannot remove those files, so the engine does.
 */

const TIMEOUT_MS = 300_000;
const GUEST_FOLDER = '/left';
/** Follows no link, and does not leave the folder: find(1), rm(1). */
const EMPTY = `find ${GUEST_FOLDER} -mindepth 1 -maxdepth 1 -exec rm -rf -- {} +`;

/**
 * Empties a folder of the host, in a short-lived container that has nothing else of the host.
 * @throws EngineError; BottleError `dependencyMissing` if something remains
 */
export async function emptyAsRoot(helper: Connection, hostPath: string): Promise<void> {
  const signal = deadline(TIMEOUT_MS);
  const id = `empty-${randomBytes(4).toString('hex')}`;
  const plan: ContainerPlan = {
    name: containerName(id, 'agent'),
    bottleId: id,
    image: await ensureCheckImage(helper.client, signal),
    argv: ['/bin/sh', '-c', EMPTY],
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    owner: { uid: 0, gid: 0 },
    tty: false,
    stdin: false,
    limits: { memoryBytes: 256 * 1024 * 1024, cpus: 1, pids: 16 },
    mounts: [...programMounts(), { hostPath, guestPath: GUEST_FOLDER, readOnly: false }],
    scratch: [],
    network: { kind: 'none' },
    sysctls: {},
    capabilities: ['DAC_OVERRIDE', 'FOWNER'],
  };
  const { exitCode, stderr } = await runToEnd(helper, plan, { signal, timeoutMs: TIMEOUT_MS });
  if (exitCode === 0) return;
  throw new BottleError('dependencyMissing', `${hostPath} could not be emptied by the engine`, {
    details: stderr.trim().split('\n').slice(0, 5),
    fix: `sudo rm -rf ${hostPath}`,
  });
}
