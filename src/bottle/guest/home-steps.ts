/**
 * A step in a bottle before its agent's program starts. Skills and instructions lie in the bottle's own read-only
 * folder, but the agent looks for them in its home folder, which is empty at every start. A script inside links them,
 * because engines create missing parents of a mount as root, and the agent could not write beside them.
 */
export type HomeStep =
  | { readonly kind: 'link' | 'copy'; readonly guestPath: string; readonly target: string }
  /** If this step fails, the agent starts without the bait. */
  | { readonly kind: 'bait'; readonly guestPath: string; readonly target: string }
  /** Writes a JSON file with this variable's name and value, if it is set: the value exists only in the environment. */
  | { readonly kind: 'key'; readonly guestPath: string; readonly variable: string }
  /** The image must have this program. Otherwise nothing starts, and the message names what needs it. */
  | { readonly kind: 'need'; readonly program: string; readonly what: string }
  /** The bottle must reach this socket of the host; the runtime, or a label on the files, may prevent it. */
  | { readonly kind: 'reach'; readonly guestPath: string; readonly what: string };

const SCRIPT = [
  'while [ "$1" != -- ]; do case $1 in',
  'link) mkdir -p "${2%/*}" && ln -sfn "$3" "$2" ;;',
  'copy) mkdir -p "${2%/*}" && cp "$3" "$2" && chmod 600 "$2" ;;',
  // The shell itself copies the text: another process would slow the start.
  'bait) { mkdir -p "${2%/*}" && (umask 077; while IFS= read -r line; do printf "%s\\n" "$line"; done <"$3" >"$2")',
  '  } 2>/dev/null || : ;;',
  'key) [ -z "$(printenv "$3")" ] || { mkdir -p "${2%/*}" && (umask 077',
  `  printf '{"%s":"%s"}\\n' "$3" "$(printenv "$3")" >"$2"); } ;;`,
  'need) command -v "$2" >/dev/null || { echo "bot-bottle: $3 need $2, which is not in the image" >&2; exit 127; } ;;',
  `reach) perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Peer => shift) or die "$!\\n"' "$2" || {`,
  '  echo "bot-bottle: this runtime does not let the bottle use $3" >&2; exit 127; } ;;',
  'esac || exit; shift 3; done; shift; exec "$@"',
].join('\n');

/** The command line that runs the steps and then executes `argv`. Pure. */
export function withHomeSteps(argv: readonly string[], steps: readonly HomeStep[]): readonly string[] {
  if (steps.length === 0) return argv;
  const words = steps.flatMap(wordsOf);
  return ['/bin/sh', '-c', SCRIPT, 'sh', ...words, '--', ...argv];
}

function wordsOf(step: HomeStep): readonly string[] {
  if (step.kind === 'need') return [step.kind, step.program, step.what];
  if (step.kind === 'key') return [step.kind, step.guestPath, step.variable];
  return [step.kind, step.guestPath, step.kind === 'reach' ? step.what : step.target];
}
