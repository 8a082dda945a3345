import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EarlyFailure, Failure, UsageFailure } from '../failure.ts';
import { isAtLeast } from '../settings.ts';
import { findImage, loadImages, noteImage } from '../store/images.ts';
import { say, type Call } from './context.ts';

/** `build`: by Podman of this host, with its store of images, where the real one has a machine with BuildKit. */

/** apple/container #735; in these words since #1634 (1.0.0). */
const MOST_FILE_BYTES = 16_384;

export function build(call: Call): number {
  const { flags, place } = call;
  if (flags.rest.length > 1) throw new UsageFailure(`Unexpected argument '${flags.rest[1]}'`);
  const context = resolve(flags.rest[0] ?? '.');
  const file = fileOf(context, flags.value('--file'));
  checkSize(file, call);
  const dir = mkdtempSync(join(place.stateDir, 'build-'));
  const [name = `localhost/apple-stand-in-build:${process.pid}`, ...more] = flags.values('--tag');
  const args = flags.values('--build-arg').flatMap((text) => ['--build-arg', text]);
  const target = flags.value('--target');
  try {
    podman([
      'build',
      '--quiet',
      '--file',
      file,
      ...args,
      ...(target === undefined ? [] : ['--target', target]),
      '--tag',
      name,
      context,
    ]);
    const tar = join(dir, 'image.tar');
    podman(['save', '--quiet', '--format', 'oci-archive', '--output', tar, name]);
    loadImages(place, tar);
    podman(['rmi', '--force', name]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  const image = findImage(place, name);
  if (image === undefined) throw new Failure('internalError', `${name} was not built`);
  for (const reference of more) noteImage(place, { ...image, reference });
  for (const reference of [name, ...more]) say(reference);
  return 0;
}

function fileOf(context: string, wanted: string | undefined): string {
  const found = (
    wanted === undefined
      ? ['Dockerfile', 'Containerfile'].map((name) => join(context, name))
      : [resolve(wanted)]
  ).find((path) => existsSync(path));
  if (found === undefined)
    throw new EarlyFailure(
      'invalidArgument',
      `dockerfile does not exist at path: ${wanted ?? join(context, 'Dockerfile')}`,
    );
  return found;
}

/** Before 1.0 nothing says why. */
function checkSize(path: string, { settings }: Call): void {
  const { size } = statSync(path);
  if (size < MOST_FILE_BYTES) return;
  if (!isAtLeast(settings.version, '1.0.0'))
    throw new Failure('internalError', 'unavailable (14): Transport became inactive');
  throw new EarlyFailure(
    'invalidArgument',
    `Dockerfile size (${size} bytes) exceeds the maximum allowed size of ${MOST_FILE_BYTES} bytes. See https://github.com/apple/container/issues/735.`,
  );
}

function podman(args: readonly string[]): void {
  const { status, stderr } = spawnSync('podman', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Failure('internalError', `unknown (2): failed to solve: ${stderr.trim()}`);
}
