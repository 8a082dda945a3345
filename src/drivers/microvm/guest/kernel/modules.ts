/** Finds the modules that a guest's kernel has to load and their order, from each module's own information. */

/** The modules of a kernel. */
export interface ModuleSource {
  /** Modules that need no loading. */
  readonly builtin: ReadonlySet<string>;
  /** Returns the module's unpacked file. Undefined where there is none. */
  readonly read: (name: string) => Promise<Uint8Array | undefined>;
}

export interface LoadedModule {
  readonly name: string;
  readonly content: Uint8Array;
}

/** Returns the kernel's name of a module. File names may have a `-` where the kernel has a `_`: modprobe(8). */
export const moduleName = (fileName: string): string =>
  fileName
    .replace(/^.*\//, '')
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');

/**
 * Returns the modules that must be loaded first: the entry `depends` of `.modinfo`, a comma-separated list
 * (kernel/module). Pure.
 */
export function dependenciesOf(content: Uint8Array): readonly string[] {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1');
  const list = /\0depends=([\w,-]*)\0/.exec(text)?.[1] ?? '';
  return list
    .split(',')
    .filter((name) => name !== '')
    .map(moduleName);
}

/**
 * Returns these modules and all their dependencies, each after its dependencies.
 * @throws Error where the kernel has one of them neither as a module nor built in
 */
export async function inLoadOrder(
  names: readonly string[],
  source: ModuleSource,
): Promise<readonly LoadedModule[]> {
  const loaded = new Map<string, LoadedModule>();
  const visit = async (name: string, path: readonly string[]): Promise<void> => {
    if (loaded.has(name) || source.builtin.has(name) || path.includes(name)) return;
    const content = await source.read(name);
    if (content === undefined) throw new Error(`the kernel has no ${name}: neither built in nor as a module`);
    for (const needed of dependenciesOf(content)) await visit(needed, [...path, name]);
    loaded.set(name, { name, content });
  };
  for (const name of names) await visit(moduleName(name), []);
  return [...loaded.values()];
}

/**
 * Returns the release that a module is for: the entry `vermagic` of `.modinfo`, up to its first space. Undefined: it
 * names none. Pure.
 */
export function releaseFor(content: Uint8Array): string | undefined {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1');
  return /\0vermagic=([^\0 ]+)/.exec(text)?.[1];
}

/** Wraps a source to refuse modules for another release, which the kernel does not load. @throws Error from `read` */
export const expectModulesOf = (release: string, source: ModuleSource): ModuleSource => ({
  builtin: source.builtin,
  read: async (name) => {
    const content = await source.read(name);
    const found = content === undefined ? release : releaseFor(content);
    if (found === release) return content;
    throw new Error(`its module ${name} is for ${found ?? 'no release'}, and the kernel is ${release}`);
  },
});
