import type { EngineClient } from '../engine/client.ts';

/** What the image code needs of an engine: its interface, and its command line for what only that can do well. */
export interface ImageEngine {
  readonly client: EngineClient;
  /**
   * The engine's own program, set to the same socket: `['docker', '--host', 'unix:///var/run/docker.sock']`. Pulls and
   * builds go through it: it has the user's registry credentials, and BuildKit.
   */
  readonly cli: readonly string[];
  /** The runtime that a check of the image's contents runs on; undefined: the engine's default. */
  readonly runtime?: string;
}

/** How its program is told to build. Docker's own builder leaves the container of a step that fails; clients of BuildKit alone leave none, and know no such flag. */
export const buildCall = ({ cli }: ImageEngine): readonly string[] => [...cli, 'build', '--force-rm'];

export interface PreparedImage {
  /** What people read: the name it was given or found by. */
  readonly reference: string;
  /** `sha256:...`: exactly this image; containers are created from it, whatever the name points to later. */
  readonly digest: string;
}

/** A part of the answer to `GET /images/{name}/json`. */
export interface ImageDetails {
  readonly Id: string;
  readonly Os?: string;
  readonly Architecture?: string;
  readonly Config?: {
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly Env?: readonly string[] | null;
    readonly Volumes?: Readonly<Record<string, unknown>> | null;
  } | null;
}
