/**
 * Decompressors in WebAssembly. Their packages compile them asynchronously, and do not export the compiled code; the
 * gateway needs it at once, in the turn that inspects a piece of a body.
 */

/** The parts of WebAssembly that are used here. Node's types lack them. */
interface WebAssemblyParts {
  instantiate: (source: Uint8Array, imports?: object) => Promise<unknown>;
  readonly Module: new (source: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

const parts = (globalThis as unknown as { readonly WebAssembly: WebAssemblyParts }).WebAssembly;

/**
 * Compiles the code that `start` passes to `WebAssembly.instantiate` before it returns. During the call, this function
 * is replaced, and `fetch` is missing, with which a package would read its own code.
 * @throws Error if `start` passes nothing
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

/**
 * Returns the exports of a new instance of `module`, which has a separate memory.
 * @throws Error if there is no memory for it
 */
export function exportsOf(module: object, imports: object): object {
  return new parts.Instance(module, imports).exports;
}

/** The memory of an instance. `buffer` changes when the memory grows. */
export interface Memory {
  readonly buffer: ArrayBuffer;
}
