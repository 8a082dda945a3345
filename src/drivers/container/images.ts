import { BottleError } from '../../errors.ts';
import type { ImageSpec } from '../driver.ts';
import type { Connection } from './engine/engine.ts';
import { ensureImage } from './image/ensure.ts';
import { IMAGE_GONE, findImage } from '../image/find.ts';
import type { PreparedImage } from '../image/image-engine.ts';
import type { LongWork } from '../image/long-run.ts';
import { settingsOf } from '../image/settings.ts';

export interface BottleImages {
  /** What the agent's container is made from. */
  readonly agent: PreparedImage;
  /** Places that the image wants a volume at. */
  readonly agentVolumes: readonly string[];
  /** Variables that the image sets. */
  readonly agentEnv: Readonly<Record<string, string>>;
  /** What the holder, the gateway's sidecar and the checks are made from: the default image, which has Perl, Node and nft. */
  readonly helper: PreparedImage;
}

/** Finds or makes the images of a bottle. @throws BottleError `dependencyMissing` where they cannot be made */
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
