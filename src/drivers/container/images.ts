import type { ImageSpec } from '../driver.ts';
import type { EngineClient } from './engine/client.ts';
import type { Connection } from './engine/engine.ts';
import { ensureImage } from './image/ensure.ts';
import type { PreparedImage } from './image/image-engine.ts';
import type { LongWork } from '../image/long-run.ts';

export interface BottleImages {
  /** What the agent's container is made from. */
  readonly agent: PreparedImage;
  /** Places that the image wants a volume at. */
  readonly agentVolumes: readonly string[];
  /** What the holder, the gateway's sidecar and the checks are made from: the default image, which has Perl, Node and nft. */
  readonly helper: PreparedImage;
}

/** Finds or makes the images of a bottle. */
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
  if (image.kind === 'default') return { helper, agent: helper, agentVolumes: [] };
  const agent = await ensureImage(engine, image, work);
  return { helper, agent, agentVolumes: await volumesOf(connection.client, agent.digest) };
}

async function volumesOf(client: EngineClient, image: string): Promise<string[]> {
  const { Config } = await client.call<{ Config?: { Volumes?: Record<string, unknown> | null } | null }>({
    method: 'GET',
    path: `/images/${image}/json`,
  });
  return Object.keys(Config?.Volumes ?? {});
}
