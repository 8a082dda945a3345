/**
 * Keys of a package.json that describe it and run nothing. Any other key may name a program: tools without number keep their settings there.
 * Source: npm's documentation on package.json, Node's "Modules: Packages".
 */
const PLAIN_KEYS: ReadonlySet<string> = new Set(
  `
  name version description keywords homepage bugs license author contributors maintainers funding repository private files
  main module browser types typings exports imports type sideEffects os cpu libc man browserslist peerDependenciesMeta
  bundleDependencies
`
    .trim()
    .split(/\s+/),
);

/** A dependency from where the package manager is configured to take it is source code that a diff shows; one from elsewhere is asked about. */
const DEPENDENCIES: ReadonlySet<string> = new Set([
  'dependencies',
  'devDependencies',
  'peerDependencies',
  'optionalDependencies',
]);
/** A version, a range or a tag (package.json(5), "dependencies"): no address, folder, or repository, which has a slash or a colon. */
const OF_REGISTRY = /^(?:workspace:)?[^/:]*$/;

/** Whether a change of a package.json changes what runs. What cannot be read counts as such. */
export function changesPackageScripts(before: string | undefined, after: string): boolean {
  const [old, now] = [executedPart(before ?? '{}'), executedPart(after)];
  return now === undefined || old !== now;
}

function executedPart(text: string): string | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value !== 'object' || value === null) return undefined;
    if (membersIn(value) !== membersWritten(text)) return undefined; // one is there twice: not all tools take the last
    return JSON.stringify(
      Object.entries(value)
        .filter(([key]) => !PLAIN_KEYS.has(key))
        .map(([key, one]) => [key, DEPENDENCIES.has(key) ? fromElsewhere(one) : (one as unknown)])
        .filter(([, one]) => one !== undefined)
        .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    );
  } catch {
    return undefined;
  }
}

/** Of dependencies those that name where they come from; undefined where there are none. What is no list of them counts as it stands. */
function fromElsewhere(dependencies: unknown): unknown {
  if (typeof dependencies !== 'object' || dependencies === null) return dependencies;
  const found = Object.entries(dependencies).filter(
    ([, version]) => typeof version !== 'string' || !OF_REGISTRY.test(version),
  );
  return found.length === 0 ? undefined : found;
}

function membersIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const values: readonly unknown[] = Object.values(value);
  return values.reduce<number>((sum, one) => sum + membersIn(one), Array.isArray(value) ? 0 : values.length);
}

/** In text that is JSON: the strings with a colon behind them. */
const membersWritten = (text: string): number =>
  [...text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined).length;
