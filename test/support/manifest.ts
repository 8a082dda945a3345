import { loadManifest, type Manifest } from '../../src/manifest/load.ts';
import { digestOf, type ManifestFile, type Origin } from '../../src/manifest/text/read.ts';

/** Makes manifests from text, for tests. */

export function manifestFile(text: string, origin: Origin = 'project'): ManifestFile {
  const bytes = Buffer.from(text, 'utf8');
  const folder = origin === 'user' ? '/home/me/.config/bot-bottle' : '/home/me/project';
  const shownAs = origin === 'user' ? '~/.config/bot-bottle/bot-bottle.yaml' : 'bot-bottle.yaml';
  return { origin, shownAs, path: `${folder}/bot-bottle.yaml`, bytes, digest: digestOf(bytes) };
}

/** Returns a project's manifest; `userText` is the user's manifest. */
export function manifestOf(text: string, userText?: string): Manifest {
  const user = userText === undefined ? undefined : loadManifest(manifestFile(userText, 'user'));
  return loadManifest(manifestFile(text), user);
}
