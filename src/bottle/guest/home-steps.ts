/**
 * What is to be done in a bottle before its agent's program begins. Skills and instructions lie in the bottle's own
 * read-only folder; the agent looks for them in its home, which is empty at every start. The two are brought together
 * inside, because engines would make missing parents of a mount as root, and the agent could not write beside them.
 */
export type HomeStep =
  | { readonly kind: 'link' | 'copy'; readonly guestPath: string; readonly target: string }
  /** Where it cannot be made, the agent starts without. */
  | { readonly kind: 'bait'; readonly guestPath: string; readonly target: string }
  /** A file of JSON with the value of this variable under its name, where it has one: it is in the environment alone. */
  | { readonly kind: 'key'; readonly guestPath: string; readonly variable: string }
  /** The image must have this program; without it nothing starts, and the user is told what needs it. */
  | { readonly kind: 'need'; readonly program: string; readonly what: string }
  /** This socket of the host must be open to the bottle: a runtime, or a label of its files, may stand in the way. */
  | { readonly kind: 'reach'; readonly guestPath: string; readonly what: string };

const SCRIPT = [
  'while [ "$1" != -- ]; do case $1 in',
  'link) mkdir -p "${2%/*}" && ln -sfn "$3" "$2" ;;',
  'copy) mkdir -p "${2%/*}" && cp "$3" "$2" && chmod 600 "$2" ;;',
  // Read by the shell itself: a process more is a start that takes longer.
  'bait) { mkdir -p "${2%/*}" && (umask 077; while IFS= read -r line; do printf "%s\\n" "$line"; done <"$3" >"$2")',
  '  } 2>/dev/null || : ;;',
  'key) [ -z "$(printenv "$3")" ] || { mkdir -p "${2%/*}" && (umask 077',
  `  printf '{"%s":"%s"}\\n' "$3" "$(printenv "$3")" >"$2"); } ;;`,
  'need) command -v "$2" >/dev/null || { echo "bot-bottle: $3 need $2, which is not in the image" >&2; exit 127; } ;;',
  `reach) perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Peer => shift) or die "$!\\n"' "$2" || {`,
  '  echo "bot-bottle: this runtime does not let the bottle use $3" >&2; exit 127; } ;;',
  'esac || exit; shift 3; done; shift; exec "$@"',
].join('\n');

/** The command line that takes the steps and then becomes `argv`. Pure. */
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
