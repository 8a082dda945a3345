/**
 * What a command means, where it is the same for Apple's `container`, Podman and Docker: one list, run against all three, so that
 * the stand-in is held to what real engines do. Where Apple's differs, it is said with the source.
 */

export type Engine = 'container' | 'podman' | 'docker';

/** A folder of the host for mounts; `{dir}` in arguments is its path. */
export interface Expectation {
  readonly what: string;
  /** `run`: flags of a container of its own; `exec`: in one that runs already, with `-e KEPT=old -w /var` and no network. */
  readonly verb: 'run' | 'exec';
  readonly flags: readonly string[];
  readonly program: readonly string[];
  readonly stdin?: string;
  readonly result: Result;
  readonly differs?: readonly Difference[];
}

export interface Result {
  readonly code: number;
  /** All of standard output, or a part of it. */
  readonly stdout?: string | RegExp;
  readonly stderr?: RegExp;
}

export interface Difference {
  readonly engines: readonly Engine[];
  readonly flags?: readonly string[];
  readonly result?: Result;
  /** Where it says so. */
  readonly source: string;
}

/** A program that is a shell's script. */
export const sh = (script: string): readonly string[] => ['sh', '-c', script];
