import { createHash } from 'node:crypto';
import type { ImageRecord } from '../containerd/client.ts';
import type { Connection } from '../containerd/grpc.ts';
import type { ImageConfig } from '../spec/types.ts';
import { parseReference, referenceText } from './references.ts';

/** Images in containerd's stores. */

/** What an image's configuration says (image-spec 1.1: config.md). */
export interface ImageFile {
  readonly architecture: string;
  readonly variant?: string;
  readonly os: string;
  readonly config?: ImageConfig;
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly string[] };
  readonly history?: readonly {
    readonly created?: string;
    readonly author?: string;
    readonly comment?: string;
  }[];
}

export interface FoundImage {
  readonly record: ImageRecord;
  readonly configDigest: string;
  readonly file: ImageFile;
}

interface Descriptor {
  readonly digest: string;
  readonly platform?: { readonly architecture: string; readonly os: string };
}

interface Manifest {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** What this machine's processor is called in images. */
export const ownArchitecture = (): string => ARCHITECTURES[process.arch] ?? process.arch;

/** The images that filters of containerd select. */
export async function listImages(
  connection: Connection,
  filters: readonly string[] = [],
): Promise<readonly ImageRecord[]> {
  const { images } = await connection.call('listImages', { filters });
  return (images as readonly ImageRecord[] | undefined) ?? [];
}

async function readJson(connection: Connection, digest: string): Promise<unknown> {
  const pieces = await connection.stream('readContent', { digest });
  return JSON.parse(
    Buffer.concat(pieces.map(({ data }) => (data as Buffer | undefined) ?? Buffer.alloc(0))).toString(),
  );
}

/** What an image is made of, for this machine. */
export async function readImage(connection: Connection, record: ImageRecord): Promise<FoundImage> {
  let manifest = (await readJson(connection, record.target.digest)) as Manifest;
  if (manifest.manifests !== undefined) {
    const own = manifest.manifests.find(
      ({ platform }) => platform === undefined || platform.architecture === ownArchitecture(),
    );
    manifest = (await readJson(connection, own?.digest ?? '')) as Manifest;
  }
  const configDigest = manifest.config?.digest ?? '';
  return { record, configDigest, file: (await readJson(connection, configDigest)) as ImageFile };
}

/** By name, or by the beginning of a digest (pkg/idutil/imagewalker). */
export async function findImage(connection: Connection, text: string): Promise<ImageRecord | undefined> {
  const filters = [`target.digest~=^sha256:${text.replace(/^sha256:/, '').replaceAll(/[^\w]/g, '\\$&')}.*$`];
  try {
    filters.unshift(`name==${referenceText(parseReference(text))}`);
  } catch {
    // no name
  }
  for (const filter of filters) {
    const [first] = await listImages(connection, [filter]);
    if (first !== undefined) return first;
  }
  return undefined;
}

/** The snapshot that layers end in (image-spec's identity: ChainID). */
export function chainId(diffIds: readonly string[]): string {
  return diffIds.reduce(
    (chain, each) =>
      chain === '' ? each : `sha256:${createHash('sha256').update(`${chain} ${each}`).digest('hex')}`,
    '',
  );
}
