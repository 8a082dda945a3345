import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runOrThrow } from '../../../host/run.ts';

/**
 * Turns a root's files, one tar, into an image for `container image load`: an OCI layout in a tar, with one
 * uncompressed layer (image-spec 1.1: image-layout.md, manifest.md, config.md).
 */

const TAR_MS = 10 * 60_000;

const MEDIA = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

/** The names of processors in images, by `process.arch`. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

export interface LayoutOrder {
  readonly reference: string;
  /** The tar with the files of one root, owned by root. */
  readonly tarPath: string;
  /** Variables of every program, `NAME=value`. */
  readonly env: readonly string[];
  /** Other settings of the image: config.md of image-spec, `config`. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

/**
 * Makes the layout in an existing empty folder, and returns the path of its tar.
 * @throws BottleError `dependencyMissing`
 */
export async function writeLayout(dir: string, order: LayoutOrder): Promise<string> {
  const blobsDir = join(dir, 'layout', 'blobs', 'sha256');
  await mkdir(blobsDir, { recursive: true });
  const manifest = await writeManifest(blobsDir, order);
  const named = {
    mediaType: MEDIA.manifest,
    ...manifest,
    annotations: namesOf(order.reference),
    platform: PLATFORM,
  };
  const index = { schemaVersion: 2, mediaType: MEDIA.index, manifests: [named] };
  await writeFile(join(dir, 'layout', 'index.json'), JSON.stringify(index));
  await writeFile(join(dir, 'layout', 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  const path = join(dir, 'image.tar');
  // Only short options, which tar(1) of both GNU and macOS know. -h: the layer is a link.
  const args = ['-c', '-h', '-f', path, '-C', join(dir, 'layout'), 'oci-layout', 'index.json', 'blobs'];
  await runOrThrow('tar', args, { timeoutMs: TAR_MS, signal: order.signal });
  return path;
}

const PLATFORM = { architecture: ARCHITECTURES[process.arch] ?? process.arch, os: 'linux' };

async function writeManifest(blobsDir: string, { tarPath, env, config: more }: LayoutOrder) {
  const layerDigest = await digestOf(tarPath);
  await symlink(tarPath, join(blobsDir, layerDigest));
  const config = await writeBlob(blobsDir, {
    ...PLATFORM,
    config: { Env: env, WorkingDir: '/', ...more },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
  });
  const layer = { digest: `sha256:${layerDigest}`, size: (await stat(tarPath)).size };
  return await writeBlob(blobsDir, {
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    config: { mediaType: MEDIA.config, ...config },
    layers: [{ mediaType: MEDIA.layer, ...layer }],
  });
}

/**
 * Readers of a layout use different annotations for the image's name: ImageStore+Import.swift of containerization
 * accepts any of these.
 */
const namesOf = (reference: string) => ({
  'com.apple.containerization.image.name': reference,
  'io.containerd.image.name': reference,
  'org.opencontainers.image.ref.name': reference,
});

async function writeBlob(dir: string, value: unknown): Promise<{ digest: string; size: number }> {
  const content = JSON.stringify(value);
  const digest = createHash('sha256').update(content).digest('hex');
  await writeFile(join(dir, digest), content);
  return { digest: `sha256:${digest}`, size: Buffer.byteLength(content) };
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
