import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { BottleError, linesOf } from '../../errors.ts';
import { ensureDefaultImage } from '../image/default-image.ts';
import { imageEngines, usualOf, type NamedEngine } from '../image/engines.ts';
import { writeImageFiles } from '../image/image-files.ts';
import type { PreparedImage } from '../image/image-engine.ts';
import type { LongWork } from '../image/long-run.ts';
import { noteContainer } from '../image/noted-container.ts';
import { ensureRootfs } from '../image/rootfs.ts';
import type { TarOf } from './guest/base.ts';

/** Sources of the files on a machine's disk. */

/** An image, and the engine that has it. */
export interface OnEngine {
  readonly engine: NamedEngine;
  readonly image: PreparedImage;
}

/** Exports the files of an engine's image. Before it makes a container, it notes the container in the folder. */
export const filesOnEngine =
  ({ engine, image }: OnEngine): TarOf =>
  async (work, dir) => {
    work.progress(`taking the files out of ${image.reference}`);
    const containerName = `bot-bottle-image-files-${randomBytes(6).toString('hex')}`;
    await noteContainer(dir, { engine: engine.name, address: engine.address, name: containerName });
    const tarPath = join(dir, 'files.tar');
    await writeImageFiles(engine.client, { digest: image.digest, containerName, tarPath }, work.signal);
    return tarPath;
  };

/** Returns the files of the default image: made on this host without an engine, else from an engine. */
export const defaultFiles: TarOf = async (work, dir) => {
  try {
    return await ensureRootfs(work);
  } catch (error) {
    work.signal.throwIfAborted();
    if (!(error instanceof BottleError)) throw error;
    const onEngine = await defaultOnEngine(work, error);
    return await filesOnEngine(onEngine)(work, dir);
  }
};

/** Falls back to an engine. Its error also contains the reason of the first failure. */
async function defaultOnEngine(work: LongWork, before: BottleError): Promise<OnEngine> {
  try {
    const engine = usualOf(await imageEngines(work.signal));
    return { engine, image: await ensureDefaultImage(engine, work) };
  } catch (error) {
    work.signal.throwIfAborted();
    throw new BottleError(before.code, before.message, {
      details: [...before.details, ...linesOf(error)],
      fix: before.fix,
      cause: error,
    });
  }
}
