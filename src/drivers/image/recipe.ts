import { dockerfileReference } from '../../contracts/host-names.ts';
import type { ImageSpec } from '../driver.ts';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../host/paths.ts';
import { NODE_PINS, NPM_PIN } from './pins.ts';

/** The recipe of the default image, and the name derived from it. */

/** `localhost/`: no engine ever looks for it on a registry, where a stranger could own the name. */
const REPOSITORY = 'localhost/bot-bottle/default';

/** A label on every image that bot-bottle made; its value is the recipe's key. */
export const IMAGE_LABEL = 'bot-bottle.image';

const RECIPE_FILES = ['Dockerfile', 'packages.txt', 'finish.sh'] as const;

/** The folder `images/default` of the package. */
export const recipeDir = (): string => join(packageRoot(), 'images', 'default');

/** The Dockerfile's settings for a container of the image, for an import. */
export function imageSettings(): string[] {
  const lines = readFileSync(join(recipeDir(), 'Dockerfile'), 'utf8').split('\n');
  return lines.filter((line) => /^(ENV|USER|WORKDIR|ENTRYPOINT|CMD) /.test(line));
}

/** Debian packages of the default image. */
export function recipePackages(): string[] {
  return readFileSync(join(recipeDir(), 'packages.txt'), 'utf8').split('\n').filter(Boolean);
}

/** Identifies the recipe by its content: any change of a package, a pinned version or a step gives another key. */
export function recipeKey(): string {
  const hash = createHash('sha256');
  for (const file of RECIPE_FILES) hash.update(readFileSync(join(recipeDir(), file)));
  hash.update(JSON.stringify([NODE_PINS, NPM_PIN]));
  return hash.digest('hex').slice(0, 16);
}

/** The default image's name on every engine, such as `localhost/bot-bottle/default:0123456789abcdef`. */
export const defaultImageReference = (): string => `${REPOSITORY}:${recipeKey()}`;

/** The reference under which an engine has this image, before anything is built or fetched. Pure. */
export function imageReference(image: ImageSpec): string {
  if (image.kind === 'default') return defaultImageReference();
  return image.kind === 'reference' ? image.reference : dockerfileReference(image.hostPath);
}
