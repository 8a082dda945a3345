/** The interface between the engine and the targets. */
export interface Target {
  /** Inputs to start with, besides those of `corpus/NAME`. */
  readonly seeds: readonly Uint8Array[];
  /** Texts that random changes would not produce: the engine inserts them, or overwrites bytes with them. */
  readonly tokens: readonly string[];
  readonly maxBytes: number;
  /** The target runs Node's own native code, which may end the process: the engine writes each input before it runs. */
  readonly isNative?: true;
  /** Throws only if an invariant does not hold. */
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

/** Returns the target of this name, from its own file. */
export async function loadTarget(name: TargetName): Promise<Target> {
  const { target } = (await import(`./targets/${name}.ts`)) as { readonly target: Target };
  return target;
}

/** The error of a target whose invariant does not hold. */
class Broken extends Error {
  override readonly name = 'Broken';
}

/** @throws Broken if `holds` is false */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Broken(what);
}
