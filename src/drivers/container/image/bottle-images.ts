import { BottleError } from '../../../errors.ts';
import type { ImageSpec } from '../../driver.ts';
import type { Connection } from '../engine/engine.ts';
import { IMAGE_GONE, findImage } from '../../image/find.ts';
import type { PreparedImage, ImageEngine } from '../../image/image-engine.ts';
import type { LongWork } from '../../image/long-run.ts';
import { settingsOf } from '../../image/settings.ts';
import { buildDockerfile, ensureReference } from '../../image/custom-image.ts';
import { checkImage } from './check.ts';
import { ensureDefaultImage } from '../../image/default-image.ts';

export interface BottleImages {
  /** The image of the agent's container. */
  readonly agent: PreparedImage;
  /** Paths where the image declares volumes. */
  readonly agentVolumes: readonly string[];
  /** Variables that the image sets. */
  readonly agentEnv: Readonly<Record<string, string>>;
  /** The image of the holder, the gateway's sidecar and the checks: the default image, which has Perl, Node and nft. */
  readonly helper: PreparedImage;
}

/** Finds or makes the images of a bottle. @throws BottleError `dependencyMissing` if they cannot be made */
export async function ensureImages(
  connection: Connection,
  image: ImageSpec,
  work: LongWork,
): Promise<BottleImages> {
  const engine = {
    client: connection.client,
    cli: connection.cli,
    ...(connection.body.runtime === undefined ? {} : { runtime: connection.body.runtime }),
  };
  const helper = await ensureImage(engine, { kind: 'default' }, work);
  if (image.kind === 'default') return { helper, agent: helper, agentVolumes: [], agentEnv: {} };
  const agent = await ensureImage(engine, image, work);
  const details = await findImage(engine, agent.digest);
  if (details === undefined) {
    throw new BottleError('dependencyMissing', `the engine has no ${agent.digest} any more`, {
      fix: IMAGE_GONE,
    });
  }
  const { volumes, env } = settingsOf(details);
  return { helper, agent, agentVolumes: volumes, agentEnv: env };
}

/**
 * The image of a bottle on this engine: found, pulled, built or imported, and checked.
 * @throws BottleError `dependencyMissing` when it is not available, `manifest` when it lacks what a bottle needs
 */
export async function ensureImage(
  engine: ImageEngine,
  spec: ImageSpec,
  work: LongWork,
): Promise<PreparedImage> {
  switch (spec.kind) {
    case 'default':
      return await ensureDefaultImage(engine, work);
    case 'reference':
      return await checked(engine, await ensureReference(engine, spec.reference, work));
    case 'dockerfile':
      return await checked(engine, await buildDockerfile(engine, spec.hostPath, work));
  }
}

async function checked(engine: ImageEngine, image: PreparedImage): Promise<PreparedImage> {
  await checkImage(engine, image);
  return image;
}
