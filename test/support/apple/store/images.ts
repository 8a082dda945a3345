import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import type { Place } from '../settings.ts';
import type { Descriptor } from './configuration.ts';
import { read, write } from './containers.ts';

/** The images that there are: an OCI layout each, and the files of it laid out once, in one folder, as the real one unpacks them. */

export interface Image {
  readonly reference: string;
  readonly descriptor: Descriptor;
  readonly manifest: Descriptor;
  readonly config: ImageConfig;
  readonly created: string;
}

export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly created?: string;
  readonly config?: {
    readonly Env?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly Entrypoint?: readonly string[];
    readonly User?: string;
    readonly WorkingDir?: string;
    readonly StopSignal?: string;
    readonly Labels?: Readonly<Record<string, string>>;
  };
}

interface Entry extends Descriptor {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: { readonly architecture: string; readonly os: string };
}

/** Where names are in an index, the first that is there: containerization ImageStore+Import.swift. */
const NAMES = [
  'io.containerd.image.name',
  'com.apple.containerization.image.name',
  'org.opencontainers.image.ref.name',
];

const imagesPath = ({ stateDir }: Place): string => join(stateDir, 'images.json');
export const allImages = (place: Place): readonly Image[] =>
  (read(imagesPath(place)) as Image[] | undefined) ?? [];
const hexOf = (digest: string): string => digest.replace(/^sha256:/, '');
const blobPath = ({ stateDir }: Place, digest: string): string => join(stateDir, 'blobs', hexOf(digest));

/** Where the files of one are. */
export const snapshotDir = ({ stateDir }: Place, { manifest }: Image): string =>
  join(stateDir, 'snapshots', hexOf(manifest.digest));

/** A name as the real one completes it: registry, folder and tag. */
export function fullReference(name: string): string {
  const [first = '', ...more] = name.split('/');
  const hasRegistry = more.length > 0 && /[.:]|^localhost$/.test(first);
  const path = hasRegistry ? name : `docker.io/${more.length > 0 ? name : `library/${name}`}`;
  return /[:@][^/]*$/.test(path.slice(path.indexOf('/'))) ? path : `${path}:latest`;
}

/** One by its name, or undefined. */
export const findImage = (place: Place, name: string): Image | undefined =>
  allImages(place).find(({ reference }) => fullReference(reference) === fullReference(name));

/** Forgets a name. */
export const forgetImage = (place: Place, reference: string): void =>
  write(
    imagesPath(place),
    allImages(place).filter((image) => image.reference !== reference),
  );

/** Notes one, in the place of another of this name. */
export function noteImage(place: Place, image: Image): void {
  forgetImage(place, image.reference);
  write(imagesPath(place), [...allImages(place), image]);
}

/** Takes in all images of an OCI layout in a tar. @throws Failure where it is none */
export function loadImages(place: Place, tarPath: string): readonly Image[] {
  mkdirSync(join(place.stateDir, 'blobs'), { recursive: true });
  const dir = mkdtempSync(join(place.stateDir, 'load-'));
  try {
    runTool('tar', ['-xf', tarPath, '-C', dir], 'failed to extract archive');
    const index = read(join(dir, 'index.json')) as { readonly manifests?: readonly Entry[] } | undefined;
    if (index?.manifests === undefined || !existsSync(join(dir, 'oci-layout')))
      throw new Failure('notFound', `failed to find index.json in ${tarPath}`);
    const images = index.manifests.map((entry) => takeIn(place, dir, entry));
    for (const image of images) noteImage(place, image);
    return images;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function takeIn(place: Place, dir: string, entry: Entry): Image {
  const reference = NAMES.map((name) => entry.annotations?.[name]).find((name) => name !== undefined);
  if (reference === undefined)
    throw new Failure('invalidArgument', 'image reference not found in annotations');
  const blob = (digest: string): unknown => JSON.parse(readFileSync(keep(place, dir, digest), 'utf8'));
  const { manifests } = blob(entry.digest) as { readonly manifests?: readonly Entry[] };
  const own =
    manifests?.find(({ platform }) => platform?.architecture === ownArchitecture()) ?? manifests?.[0];
  const { mediaType, digest, size } = own ?? entry;
  const { config, layers } = blob(digest) as {
    readonly config: Descriptor;
    readonly layers: readonly Descriptor[];
  };
  const image: Image = {
    reference,
    descriptor: { mediaType: entry.mediaType, digest: entry.digest, size: entry.size },
    manifest: { mediaType, digest, size },
    config: blob(config.digest) as ImageConfig,
    created: new Date().toISOString(),
  };
  layOut(
    place,
    image,
    layers.map((layer) => keep(place, dir, layer.digest)),
  );
  return image;
}

/** The stand-in's machines are this host's own; the real one's are Apple silicon's. */
export const ownArchitecture = (): string => (process.arch === 'x64' ? 'amd64' : process.arch);

/** Moves a blob to where they are kept, when it is what it says it is. */
function keep(place: Place, dir: string, digest: string): string {
  const path = blobPath(place, digest);
  if (existsSync(path)) return path;
  const from = join(dir, 'blobs', 'sha256', hexOf(digest));
  if (!existsSync(from)) throw new Failure('notFound', `content with digest ${digest}`);
  const found = createHash('sha256').update(readFileSync(from)).digest('hex');
  if (found !== hexOf(digest))
    throw new Failure('internalError', `digest mismatch: expected ${digest}, found sha256:${found}`);
  renameSync(from, path);
  return path;
}

/** Lays its layers over each other; what a layer takes away is gone. */
function layOut(place: Place, image: Image, layers: readonly string[]): void {
  const dir = snapshotDir(place, image);
  if (existsSync(dir)) return;
  mkdirSync(join(place.stateDir, 'snapshots'), { recursive: true });
  const half = mkdtempSync(`${dir}.`);
  for (const layer of layers) {
    for (const name of runTool('tar', ['-tf', layer], 'failed to read a layer').split('\n'))
      takeAway(half, name);
    runTool(
      'tar',
      ['-xpf', layer, '--numeric-owner', '--exclude=.wh.*', '-C', half],
      'failed to unpack a layer',
    );
  }
  runTool('chmod', ['755', half], 'failed to unpack');
  renameSync(half, dir);
}

function takeAway(dir: string, name: string): void {
  const [, folder = '', what] = /^(.*?)([^/]*)$/.exec(name) ?? [];
  if (what === '.wh..wh..opq')
    runTool('find', [join(dir, folder), '-mindepth', '1', '-delete'], 'failed to unpack');
  else if (what?.startsWith('.wh.') === true)
    rmSync(join(dir, folder, what.slice(4)), { recursive: true, force: true });
}

function runTool(program: string, args: readonly string[], failing: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Failure('internalError', `${failing}: ${stderr.trim()}`);
  return stdout;
}
