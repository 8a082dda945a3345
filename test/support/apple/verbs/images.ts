import { createWriteStream, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../failure.ts';
import { isAtLeast, type Settings } from '../settings.ts';
import {
  allImages,
  findImage,
  forgetImage,
  fullReference,
  loadImages,
  noteImage,
  type Image,
} from '../store/images.ts';
import { say, type Call } from './context.ts';
import { noRegistry } from './run.ts';
import { encoded } from './shapes.ts';

/** `image load`, `list`, `inspect`, `delete`, `tag` and `pull`. */

export async function load({ flags, place, settings }: Call): Promise<number> {
  const input = flags.value('--input');
  mkdirSync(place.stateDir, { recursive: true });
  const path = input ?? join(place.stateDir, `stdin-${process.pid}.tar`);
  try {
    if (input === undefined) await pipeline(process.stdin, createWriteStream(path));
    if (!existsSync(path)) return missing(path, settings);
    for (const { reference } of loadImages(place, path)) say(reference);
  } finally {
    if (input === undefined) rmSync(path, { force: true });
  }
  return 0;
}

/** Before 1.0 on standard output (apple/container #1535). */
function missing(path: string, { version }: Settings): number {
  const why = `File does not exist ${path}`;
  if (isAtLeast(version, '1.0.0')) throw new Failure('notFound', why);
  say(why);
  return 1;
}

const shown = ({ reference, descriptor, manifest, config, created }: Image): object => ({
  id: descriptor.digest.replace(/^sha256:/, ''),
  configuration: { name: reference, descriptor, creationDate: created },
  variants: [
    {
      digest: manifest.digest,
      size: manifest.size,
      platform: { os: config.os, architecture: config.architecture },
      config,
    },
  ],
});

export function listImages({ flags, place, settings }: Call): number {
  const images = allImages(place);
  if (flags.value('--format') === 'json') say(encoded(images.map(shown), settings.version));
  else if (flags.has('--quiet')) for (const { reference } of images) say(reference);
  else for (const row of ['NAME TAG DIGEST', ...images.map(rowOf)]) say(row);
  return 0;
}

const rowOf = ({ reference, descriptor }: Image): string => {
  const [, name = reference, tag = 'latest'] = /^(.*):([^:/]*)$/.exec(reference) ?? [];
  return `${name} ${tag} ${descriptor.digest.slice(7, 19)}`;
};

export function inspectImages({ flags, place, settings }: Call): number {
  const found = flags.rest.map((name) => {
    const image = findImage(place, name);
    if (image === undefined) throw new Failure('notFound', `image not found: ${fullReference(name)}`);
    return shown(image);
  });
  say(encoded(found, settings.version, true));
  return 0;
}

export function deleteImages({ flags, place }: Call): number {
  const names = flags.has('--all') ? allImages(place).map(({ reference }) => reference) : flags.rest;
  for (const name of names) {
    const image = findImage(place, name);
    if (image === undefined) throw new Failure('notFound', `image not found: ${fullReference(name)}`);
    forgetImage(place, image.reference);
    say(image.reference);
  }
  return 0;
}

export function tag({ flags, place }: Call): number {
  const [source = '', target = ''] = flags.positional;
  const image = findImage(place, source);
  if (image === undefined) throw new Failure('notFound', `image not found: ${fullReference(source)}`);
  noteImage(place, { ...image, reference: target });
  say(target);
  return 0;
}

export function pull({ flags }: Call): number {
  throw noRegistry(flags.positional[0] ?? '');
}
