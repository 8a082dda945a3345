/**
 * Keys of a package.json that describe it and run nothing. Any other key may name a program: countless tools keep
 * settings there. Source: npm's documentation on package.json, Node's "Modules: Packages".
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

/**
 * Dependencies from the configured registry are source code that a diff shows; apply asks about those from elsewhere.
 */
const DEPENDENCIES: ReadonlySet<string> = new Set([
  'dependencies',
  'devDependencies',
  'peerDependencies',
  'optionalDependencies',
]);
/** A version, a range or a tag (package.json(5), "dependencies"). An address, folder or repository has a `/` or `:`. */
const OF_REGISTRY = /^(?:workspace:)?[^/:]*$/;

/** Whether a change of a package.json changes what runs. Unreadable JSON counts as a change. */
export function changesPackageScripts(before: string | undefined, after: string): boolean {
  const [old, now] = [executedPart(before ?? '{}'), executedPart(after)];
  return now === undefined || old !== now;
}

function executedPart(text: string): string | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value !== 'object' || value === null) return undefined;
    if (membersIn(value) !== membersWritten(text)) return undefined; // duplicate keys: not all tools take the last
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

/**
 * Returns the dependencies whose version is not from the registry; undefined if there are none. Returns a malformed
 * list unchanged.
 */
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

/** Counts members in JSON text: the strings with a colon after them. */
const membersWritten = (text: string): number =>
  [...text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined).length;
