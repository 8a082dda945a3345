/**
 * Skills and instructions lie in the bottle's own read-only folder; the agent looks for them in its home, which is empty at
 * every start. Links bring the two together. They are made inside, because engines would make missing parents of a
 * mount as root, and the agent could not write beside them.
 */
export interface HomeLink {
  readonly guestPath: string;
  readonly target: string;
}

const SCRIPT =
  'while [ "$1" != -- ]; do mkdir -p "${1%/*}" && ln -sfn "$2" "$1" || exit; shift 2; done; shift; exec "$@"';

/** The command line that makes the links and then becomes `argv`. Pure. */
export function withHomeLinks(argv: readonly string[], links: readonly HomeLink[]): readonly string[] {
  if (links.length === 0) return argv;
  const pairs = links.flatMap(({ guestPath, target }) => [guestPath, target]);
  return ['/bin/sh', '-c', SCRIPT, 'sh', ...pairs, '--', ...argv];
}
