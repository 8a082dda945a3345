/** What is fuzzed: the seam between the engine and the targets. */
export interface Target {
  /** Inputs to begin with, besides those of `corpus/NAME`. */
  readonly seeds: readonly Uint8Array[];
  /** What chance alone would not write: put in, and over what is there. */
  readonly tokens: readonly string[];
  readonly maxBytes: number;
  /** Node's own native code is behind it, which may end the process: each input is written down before it runs. */
  readonly isNative?: true;
  /** Throws where an invariant does not hold, and nothing else. */
  run(input: Buffer): void | Promise<void>;
}

export const TARGETS = [
  'request',
  'client-hello',
  'h2',
  'dns',
  'manifest',
  'decoders',
  'frames',
  'scrub',
  'usage',
  'policy',
] as const;

export type TargetName = (typeof TARGETS)[number];

/** The target of this name, from its own file. */
export async function loadTarget(name: TargetName): Promise<Target> {
  const { target } = (await import(`./targets/${name}.ts`)) as { readonly target: Target };
  return target;
}

/** What a target throws where something does not hold. */
class Broken extends Error {
  override readonly name = 'Broken';
}

/** @throws Broken when it does not hold */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Broken(what);
}
