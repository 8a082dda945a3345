/**
 * Decompressors in WebAssembly. Their packages compile them in promises, and keep the compiled code to themselves; here it is
 * needed at once, in the turn that inspects a piece of a body.
 */

/** What is used of it: Node's types do not have it. */
interface WebAssemblyParts {
  instantiate: (source: Uint8Array, imports?: object) => Promise<unknown>;
  readonly Module: new (source: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

const parts = (globalThis as unknown as { readonly WebAssembly: WebAssemblyParts }).WebAssembly;

/**
 * The compiled code that `start` hands to `WebAssembly.instantiate` before it returns. For that call the function is another, and
 * there is no `fetch`, by which a package would read its own text. @throws Error where `start` hands over nothing
 */
export function compiledBy(start: () => unknown): object {
  const { instantiate } = parts;
  const { fetch } = globalThis;
  let source: Uint8Array | undefined;
  parts.instantiate = (given) => {
    source = new Uint8Array(given);
    return new Promise(() => {});
  };
  Object.assign(globalThis, { fetch: undefined });
  try {
    void start();
  } finally {
    parts.instantiate = instantiate;
    Object.assign(globalThis, { fetch });
  }
  if (source === undefined) throw new Error('the package has changed how it starts');
  return new parts.Module(source);
}

/** What an instance of `module` exports, each with a memory of its own. @throws Error where there is no memory for it */
export function exportsOf(module: object, imports: object): object {
  return new parts.Instance(module, imports).exports;
}

/** The memory of an instance; it moves when it grows. */
export interface Memory {
  readonly buffer: ArrayBuffer;
}
