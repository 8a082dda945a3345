import { atLeast } from '../cli/flags.ts';
import { SNAPSHOTTER } from '../containerd/client.ts';
import type { Connection } from '../containerd/grpc.ts';
import { Failure, notImitated } from '../failure.ts';
import { chainId, findImage, listImages, readImage, type FoundImage } from '../store/images.ts';
import { familiarName, parseReference } from '../store/references.ts';
import { connected, type Call } from './context.ts';
import { printObjects } from './format.ts';

/** `nerdctl image inspect` (pkg/cmd/image/inspect.go, pkg/inspecttypes/dockercompat: ImageFromNative). One that is not there is no error. */
export async function imageInspect(call: Call): Promise<number> {
  const { flags } = call;
  atLeast(1, flags.rest);
  const mode = flags.text('mode');
  if (mode !== 'native' && mode !== 'dockercompat') throw new Failure(`unknown mode "${mode}"`);
  if (mode === 'native') throw notImitated('image inspect --mode=native');
  const found = await connected(call, async (connection) => {
    const images: object[] = [];
    for (const text of flags.rest) {
      const record = await findImage(connection, text);
      if (record === undefined) continue;
      const image = await readImage(connection, record);
      const same = await listImages(connection, [`target.digest==${record.target.digest}`]);
      const others = same.map(({ name }) => name).filter((name) => name !== record.name);
      images.push(await dockerImage(connection, image, others));
    }
    return images;
  });
  if (found.length > 0) printObjects(flags.text('format'), found);
  return 0;
}

async function dockerImage(
  connection: Connection,
  image: FoundImage,
  others: readonly string[],
): Promise<object> {
  const { record, file, configDigest } = image;
  const { config = {}, history = [] } = file;
  const names = [record.name, ...others].flatMap(namesOf);
  const last = history.at(-1);
  const size = await sizeOf(connection, file.rootfs.diff_ids);
  const some = (name: string, value: unknown): object =>
    value === undefined ||
    value === '' ||
    (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
      ? {}
      : { [name]: value };
  return {
    Id: configDigest,
    RepoTags: names.map(({ name, tag }) => `${name}:${tag}`),
    RepoDigests: names.map(({ name }) => `${name}@${record.target.digest}`),
    Parent: record.labels?.['org.mobyproject.image.parent'] ?? '',
    Comment: last?.comment ?? '',
    Created: last?.created ?? '',
    DockerVersion: '',
    Author: last?.author ?? '',
    Config: {
      ...some('User', config.User),
      AttachStdin: false,
      ...some('ExposedPorts', config.ExposedPorts),
      ...some('Env', config.Env),
      ...some('Cmd', config.Cmd),
      ...some('Volumes', config.Volumes),
      ...some('WorkingDir', config.WorkingDir),
      ...some('Entrypoint', config.Entrypoint),
      ...some('Labels', config.Labels),
    },
    Architecture: file.architecture,
    ...some('Variant', file.variant),
    Os: file.os,
    Size: size,
    ...(size === 0 ? {} : { VirtualSize: size }),
    RootFS: { Type: file.rootfs.type, Layers: file.rootfs.diff_ids },
    Metadata: { LastTagTime: '0001-01-01T00:00:00Z' },
  };
}

function namesOf(text: string): readonly { readonly name: string; readonly tag: string }[] {
  try {
    const reference = parseReference(text);
    return reference.tag === '' ? [] : [{ name: familiarName(reference), tag: reference.tag }];
  } catch {
    return [];
  }
}

/** Of all layers unpacked. */
async function sizeOf(connection: Connection, diffIds: readonly string[]): Promise<number> {
  let total = 0;
  for (let count = 1; count <= diffIds.length; count += 1) {
    const key = chainId(diffIds.slice(0, count));
    const { size } = await connection.call('snapshotUsage', { snapshotter: SNAPSHOTTER, key });
    total += (size as number | undefined) ?? 0;
  }
  return total;
}
