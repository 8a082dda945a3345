import { loadManifest, type Manifest } from '../../src/manifest/load.ts';
import { digestOf, type ManifestFile, type Origin } from '../../src/manifest/text/read.ts';

/** Manifests from text, for tests. */

export function manifestFile(text: string, origin: Origin = 'project'): ManifestFile {
  const bytes = Buffer.from(text, 'utf8');
  const folder = origin === 'user' ? '/home/me/.config/bot-bottle' : '/home/me/project';
  const shownAs = origin === 'user' ? '~/.config/bot-bottle/bot-bottle.yaml' : 'bot-bottle.yaml';
  return { origin, shownAs, path: `${folder}/bot-bottle.yaml`, bytes, digest: digestOf(bytes) };
}

/** A project's manifest; with a second text, that is the user's own. */
export function manifestOf(text: string, userText?: string): Manifest {
  const user = userText === undefined ? undefined : loadManifest(manifestFile(userText, 'user'));
  return loadManifest(manifestFile(text), user);
}
