import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BottleError, reasonOf } from '../../../errors.ts';
import { writeFileAtomic } from '../../../host/files.ts';
import { agentOwner } from '../../../host/user.ts';
import { removeContainer } from '../../engine/remove-container.ts';
import { imageCacheDir } from '../../image/exclusively.ts';
import type { ImageEngine, PreparedImage } from '../../image/image-engine.ts';
import { IMAGE_LABEL } from '../../image/recipe.ts';

/** Checks whether a user's image has what a bottle needs. Runs once per image: the digest identifies its content. */

/** A bottle's requirements on an image, in the order of the script's checks; each has its own exit code and message. */
const NEEDS: readonly { readonly exitCode: number; readonly test: string; readonly lacks: string }[] = [
  { exitCode: 101, test: '[ "$(id -u)" = "$1" ]', lacks: 'does not run as an ordinary user' },
  { exitCode: 102, test: '[ -r /etc/passwd ]', lacks: 'has files that an ordinary user cannot read' },
  { exitCode: 103, test: 'command -v env && command -v cat', lacks: 'has no `env` or `cat` on its PATH' },
];

const SCRIPT = NEEDS.map(({ test, exitCode }) => `{ ${test}; } >/dev/null 2>&1 || exit ${exitCode}`).join(
  '\n',
);
const CHECK_MS = 30_000;

/**
 * Starts `/bin/sh` in the image with a bottle's restrictions, once per image.
 * @throws BottleError `manifest` with what the image lacks
 */
export async function checkImage(engine: ImageEngine, image: PreparedImage): Promise<void> {
  const passed = join(imageCacheDir(), `checked-${image.digest.replace(/^sha256:/, '')}`);
  if (existsSync(passed)) return;
  const lacks = await whatIsMissing(engine, image);
  if (lacks === undefined) return await writeFileAtomic(passed, `${image.reference}\n`);
  throw new BottleError('manifest', `the image ${image.reference} ${lacks}`, {
    details: [
      'A bottle needs an image with /bin/sh, `env` and `cat`, all usable by any user id without capabilities.',
    ],
    fix: 'Start the Dockerfile from node:22-slim or debian:stable-slim, or use image: default.',
  });
}

async function whatIsMissing(engine: ImageEngine, image: PreparedImage): Promise<string | undefined> {
  const name = `bot-bottle-image-check-${image.digest.replace(/^sha256:/, '').slice(0, 12)}`;
  await removeContainer(engine.client, name); // a crash may have left it
  try {
    const exitCode = await runCheck(engine, name, image.digest);
    return exitCode === 0
      ? undefined
      : (NEEDS.find((need) => need.exitCode === exitCode)?.lacks ??
          `has a /bin/sh that ends with ${exitCode}`);
  } catch (error) {
    return `cannot start /bin/sh: ${reasonOf(error)}`;
  } finally {
    await removeContainer(engine.client, name);
  }
}

/** Limits also apply here, because an image's shell is a foreign program. 512: gVisor counts its own threads. */
const MEMORY_BYTES = 256 * 1024 * 1024;
const LIMITS = { Memory: MEMORY_BYTES, MemorySwap: MEMORY_BYTES, NanoCpus: 1e9, PidsLimit: 512 };

/** The check's exit code. @throws EngineError when `/bin/sh` does not start, for example because the image has none */
async function runCheck(engine: ImageEngine, name: string, digest: string): Promise<number> {
  const { uid, gid } = agentOwner();
  const { Id: id } = await engine.client.call<{ Id: string }>({
    method: 'POST',
    path: '/containers/create',
    query: { name },
    json: {
      Image: digest,
      User: `${uid}:${gid}`,
      Entrypoint: ['/bin/sh', '-c', SCRIPT, 'sh', String(uid)],
      Cmd: [],
      Labels: { [IMAGE_LABEL]: 'check' },
      Healthcheck: { Test: ['NONE'] },
      HostConfig: {
        ...LIMITS,
        NetworkMode: 'none',
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        ReadonlyRootfs: true,
        ...(engine.runtime === undefined ? {} : { Runtime: engine.runtime }),
      },
    },
  });
  await engine.client.call({ method: 'POST', path: `/containers/${id}/start`, timeoutMs: CHECK_MS });
  const ended = await engine.client.call<{ StatusCode: number }>({
    method: 'POST',
    path: `/containers/${id}/wait`,
    timeoutMs: CHECK_MS,
  });
  return ended.StatusCode;
}
