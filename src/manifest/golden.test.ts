import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BottleError, exitCodeOf } from '../errors.ts';
import { loadManifest, type Manifest } from './load.ts';
import { draftsOf } from './draft.ts';
import { resolve } from './resolve.ts';
import { digestOf, type Origin } from './text/read.ts';

/** Bad manifests with the exact messages for the user. `NAME.user.yaml` is the user's own manifest for `NAME.yaml`. */

const FOLDER = join(import.meta.dirname, '../../test/golden/manifests');
const NAMES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml') && !name.endsWith('.user.yaml'))
  .map((name) => name.slice(0, -'.yaml'.length));

function load(fileName: string, origin: Origin, outer?: Manifest): Manifest {
  const bytes = readFileSync(join(FOLDER, fileName));
  const shownAs = origin === 'user' ? '~/.config/bot-bottle/bot-bottle.yaml' : 'bot-bottle.yaml';
  return loadManifest(
    { origin, shownAs, path: `/home/me/${fileName}`, bytes, digest: digestOf(bytes) },
    outer,
  );
}

/** Does everything that a start does with the text of a manifest, on a host where no variable is set. */
function use(name: string): void {
  const user = `${name}.user.yaml`;
  const outer = existsSync(join(FOLDER, user)) ? load(user, 'user') : undefined;
  for (const draft of draftsOf(load(`${name}.yaml`, 'project', outer))) {
    resolve(draft, {
      hostVariable: () => undefined,
      answers: new Map(),
      presets: new Map(),
      homeDir: '/home/me',
    });
  }
}

function failureOf(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('bad manifests', () => {
  test('there are at least 40 bad manifests', () => {
    expect(NAMES.length).toBeGreaterThanOrEqual(40);
  });

  test.each(NAMES)('the bad manifest %s gets its golden errors', async (name) => {
    const error = failureOf(() => use(name));
    if (!(error instanceof BottleError)) throw error ?? new Error('accepted');
    expect(exitCodeOf(error)).toBe(3);
    const words = [error.message, ...error.details, `fix: ${error.fix}`];
    await expect(`${words.join('\n')}\n`).toMatchFileSnapshot(join(FOLDER, `${name}.txt`));
  });
});
