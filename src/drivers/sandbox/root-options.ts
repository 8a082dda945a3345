import type { HostFacts } from './facts.ts';

/** bwrap(1): /bin, /lib and their kin as the host has them, links into /usr or folders of their own. Pure. */
export const rootOptions = (entries: HostFacts['rootEntries']): readonly string[] =>
  Object.entries(entries).flatMap(([path, target]) =>
    target === undefined ? ['--ro-bind', path, path] : ['--symlink', target, path],
  );
