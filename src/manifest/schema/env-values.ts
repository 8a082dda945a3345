import type { Fault } from './text-faults.ts';

/** A parsed value of `env`. */
export type EnvValue =
  | { readonly kind: 'question'; readonly question: string }
  | { readonly kind: 'text'; readonly parts: readonly EnvPart[] };

export type EnvPart = { readonly text: string } | { readonly hostVariable: string };

// `$$` is a dollar sign; `${NAME}` a variable of the host; any other `${` a mistake; a single `$` stands for itself.
const PIECE = /\$\$|\$\{([^}]*)\}?|[^$]+|\$/g;
const HOST_VARIABLE = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/;

/**
 * Parses `?Question` (`??` for a literal question mark), or text with `${NAME}` in it. Requires a value without a
 * fault.
 */
export function parseEnvValue(value: string): EnvValue {
  if (value.startsWith('?') && !value.startsWith('??')) {
    return { kind: 'question', question: value.slice(1).trim() };
  }
  const text = value.startsWith('??') ? value.slice(1) : value;
  const parts = [...text.matchAll(PIECE)].map(([piece, name]): EnvPart => {
    if (name !== undefined) return { hostVariable: name };
    return { text: piece === '$$' ? '$' : piece };
  });
  return { kind: 'text', parts };
}

/** Returns the fault of a value as a sentence, or undefined. */
export function envValueFault(value: string): Fault {
  if (value.includes('\0')) return 'a variable has no NUL in it';
  if (/^\?\s*$/.test(value)) return 'the question is missing: `?Which ticket`';
  for (const [piece] of value.matchAll(PIECE)) {
    if (piece.startsWith('${') && !HOST_VARIABLE.test(piece)) {
      return 'a variable of the host is written `${NAME}`, without a default; a `$` before `{` itself is `$$`';
    }
  }
  return undefined;
}
