import type { EngineClient } from '../engine/client.ts';

/** What the image code needs from an engine: its API, and its command line for work that only that can do well. */
export interface ImageEngine {
  readonly client: EngineClient;
  /**
   * The engine's own program, with options for the same socket: `['docker', '--host', 'unix:///var/run/docker.sock']`.
   * Pulls and builds use it: it has the user's registry credentials, and BuildKit.
   */
  readonly cli: readonly string[];
  /** The runtime for the check of an image's contents; undefined: the engine's default. */
  readonly runtime?: string;
}

/**
 * The command that builds with the engine's program. Docker's own builder keeps the container of a failed step without
 * this flag; clients that only use BuildKit keep none, and do not know the flag.
 */
export const buildCall = ({ cli }: ImageEngine): readonly string[] => [...cli, 'build', '--force-rm'];

export interface PreparedImage {
  /** The name for people: the one it was given or found by. */
  readonly reference: string;
  /** `sha256:...`: exactly this image. Containers are created from it, whatever the name points to later. */
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
