import { BottleError } from '../../errors.ts';
import type { ImageDetails } from './image-engine.ts';

/** The settings of an image that a bottle uses. Excludes its user, folder and command: a bottle has its own. */
export interface ImageSettings {
  /** Variables for every program, unless the bottle sets one of the same name. */
  readonly env: Readonly<Record<string, string>>;
  /** Paths where the image declares volumes, absolute. */
  readonly volumes: readonly string[];
}

/** Reads an image's settings. Pure. Source: the OCI image configuration, `config.Env` and `config.Volumes`. */
export function settingsOf({ Config }: ImageDetails): ImageSettings {
  const env = (Config?.Env ?? []).flatMap((entry) => {
    const at = entry.indexOf('=');
    // An entry without a value means that the variable is unset.
    return at <= 0 ? [] : [[entry.slice(0, at), entry.slice(at + 1)] as const];
  });
  return { env: Object.fromEntries(env), volumes: Object.keys(Config?.Volumes ?? {}) };
}

/** The engines' names of processors, by `process.arch`. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Pure. @throws BottleError `manifest` if the image is for another system or processor */
export function expectOwnKind({ Os, Architecture }: ImageDetails, reference: string): void {
  const own = ARCHITECTURES[process.arch] ?? process.arch;
  const [system, processor] = [Os || 'linux', Architecture || own];
  if (system === 'linux' && processor === own) return;
  throw new BottleError('manifest', `the image ${reference} is for ${system} on ${processor}`, {
    fix: `take one for linux on ${own}: in a Dockerfile, FROM --platform=linux/${own}`,
  });
}
