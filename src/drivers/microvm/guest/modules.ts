/** Which modules a guest's kernel has to load, and in which order: by what each one says of itself. */

/** What a kernel comes with. */
export interface ModuleSource {
  /** Built in: there is nothing to load. */
  readonly builtin: ReadonlySet<string>;
  /** The module's file, unpacked; undefined where there is none. */
  readonly read: (name: string) => Promise<Uint8Array | undefined>;
}

export interface LoadedModule {
  readonly name: string;
  readonly content: Uint8Array;
}

/** In file names there may be a `-` where the kernel has a `_`: modprobe(8). */
export const moduleName = (fileName: string): string =>
  fileName
    .replace(/^.*\//, '')
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');

/** What must be there before it: the entry `depends` of its `.modinfo`, a list with commas (kernel/module). Pure. */
export function dependenciesOf(content: Uint8Array): readonly string[] {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1');
  const list = /\0depends=([\w,-]*)\0/.exec(text)?.[1] ?? '';
  return list
    .split(',')
    .filter((name) => name !== '')
    .map(moduleName);
}

/**
 * These modules and all that they need, each behind what it needs.
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

/** The release that a module is for: the entry `vermagic` of its `.modinfo`, to its first space. Undefined: it says none. Pure. */
export function releaseFor(content: Uint8Array): string | undefined {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1');
  return /\0vermagic=([^\0 ]+)/.exec(text)?.[1];
}

/** The same, but a module for another release is none: a kernel does not load it. @throws Error where it is read */
export const expectModulesOf = (release: string, source: ModuleSource): ModuleSource => ({
  builtin: source.builtin,
  read: async (name) => {
    const content = await source.read(name);
    const found = content === undefined ? release : releaseFor(content);
    if (found === release) return content;
    throw new Error(`its module ${name} is for ${found ?? 'no release'}, and the kernel is ${release}`);
  },
});
