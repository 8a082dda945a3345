import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.ts';
import type { Call } from './flags.ts';
import type { Paths } from './settings.ts';

/** Images: each is a folder of files, which containers share, because they cannot write to their root. */

export interface Image {
  /** With its registry: `docker.io/library/NAME:TAG`. */
  readonly name: string;
  /** The digest of its configuration. */
  readonly id: string;
  readonly config: {
    readonly Env?: readonly string[];
    readonly Volumes?: Readonly<Record<string, object>>;
    readonly Labels?: Readonly<Record<string, string>>;
  };
  readonly rootfs: string;
}

interface Descriptor {
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Returns the full name of an image, as distribution/reference forms it (normalize.go). Pure. */
export function wholeName(reference: string): string {
  const [first = '', ...more] = reference.split('/');
  const hasRegistry = more.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const name = hasRegistry ? reference : `docker.io/${more.length > 0 ? '' : 'library/'}${reference}`;
  return /[:@][^/]*$/.test(name) ? name : `${name}:latest`;
}

/** Returns the image of this name, or undefined. */
export const findImage = (paths: Paths, reference: string): Image | undefined =>
  (existsSync(paths.images) ? readdirSync(paths.images) : [])
    .filter((entry) => entry.endsWith('.json'))
    .map((entry) => JSON.parse(readFileSync(join(paths.images, entry), 'utf8')) as Image)
    .find(({ name }) => name === wholeName(reference));

/** `nerdctl load`: loads one image from an OCI layout (image-spec 1.1, image-layout.md). @throws Failure */
export function load(paths: Paths, call: Call): string {
  const path = call.last('input');
  if (!existsSync(path)) throw new Failure(`open ${path}: no such file or directory`);
  mkdirSync(paths.images, { recursive: true });
  const dir = mkdtempSync(join(paths.images, 'image-'));
  const layout = join(dir, 'layout');
  const rootfs = join(dir, 'rootfs');
  for (const each of [layout, rootfs]) mkdirSync(each);
  execFileSync('tar', ['-x', '-f', path, '-C', layout]);
  const blob = ({ digest }: Descriptor): string => join(layout, 'blobs', ...digest.split(':'));
  const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
  const { manifests } = read(join(layout, 'index.json')) as { manifests: readonly Descriptor[] };
  const [named] = manifests;
  if (named === undefined) throw new Failure('unrecognized image format');
  const manifest = read(blob(named)) as { config: Descriptor; layers: readonly Descriptor[] };
  for (const layer of manifest.layers) execFileSync('tar', ['-x', '-f', blob(layer), '-C', rootfs]);
  const { config } = read(blob(manifest.config)) as Pick<Image, 'config'>;
  rmSync(layout, { recursive: true });
  const name = wholeName(named.annotations?.['io.containerd.image.name'] ?? '');
  writeFileSync(`${dir}.new`, JSON.stringify({ name, id: manifest.config.digest, config, rootfs }));
  renameSync(`${dir}.new`, `${dir}.json`);
  return `Loaded image: ${name}\n`;
}

/** `nerdctl image inspect --mode=dockercompat`: a missing image is not an error (pkg/cmd/image/inspect.go). */
export function inspectImage(paths: Paths, { rest: [reference = ''] }: Call): string {
  const image = findImage(paths, reference);
  if (image === undefined) return '';
  return `${JSON.stringify([{ Id: image.id, RepoTags: [image.name], Config: image.config }], undefined, 4)}\n`;
}
