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

/** Where the files of a machine's disk come from. */

/** An image on the engine that has it. */
export interface OnEngine {
  readonly engine: NamedEngine;
  readonly image: PreparedImage;
}

/** Those of an engine's image. What the engine makes for it is noted in the folder, before. */
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

/** Those of the default image: made on this host without an engine; where that cannot be, an engine's. */
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

/** What stood in the way before is said too. */
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
