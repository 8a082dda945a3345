import { BottleError } from '../../errors.ts';
import type { ImageDetails } from './image-engine.ts';

/** What an image says of itself that a bottle takes over. Its user, folder and command it does not: a bottle has its own. */
export interface ImageSettings {
  /** Of every program, where the bottle says nothing of that name. */
  readonly env: Readonly<Record<string, string>>;
  /** Places that the image wants a volume at, as absolute paths. */
  readonly volumes: readonly string[];
}

/** Pure. Source: the OCI image configuration, `config.Env` and `config.Volumes`. */
export function settingsOf({ Config }: ImageDetails): ImageSettings {
  const env = (Config?.Env ?? []).flatMap((entry) => {
    const at = entry.indexOf('=');
    // Without a value it says that the variable is not set.
    return at <= 0 ? [] : [[entry.slice(0, at), entry.slice(at + 1)] as const];
  });
  return { env: Object.fromEntries(env), volumes: Object.keys(Config?.Volumes ?? {}) };
}

/** What engines call a processor, by `process.arch`. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Pure. @throws BottleError `manifest` where the image says that it is for another system or processor */
export function expectOwnKind({ Os, Architecture }: ImageDetails, reference: string): void {
  const own = ARCHITECTURES[process.arch] ?? process.arch;
  const [system, processor] = [Os || 'linux', Architecture || own];
  if (system === 'linux' && processor === own) return;
  throw new BottleError('manifest', `the image ${reference} is for ${system} on ${processor}`, {
    fix: `take one for linux on ${own}: in a Dockerfile, FROM --platform=linux/${own}`,
  });
}
