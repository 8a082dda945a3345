import { drawLike, type Draw } from './draw.ts';
import { jwtPlaceholder } from './jwt.ts';

/**
 * The placeholder that replaces a secret in the bottle. It has the secret's shape, so that programs that check the
 * shape accept it. The two have only the public prefix and suffix, the length and the kinds of characters in common.
 */

interface Shape {
  /** The beginning and the end of every key of this kind: published by its maker, so not part of the secret. */
  readonly prefix: RegExp;
  readonly suffix?: RegExp;
  /** Positions at which a separator (`-` or `_`) is kept. */
  readonly keeps?: (index: number) => boolean;
}

/** The first match counts: from specific to general. */
const SHAPES: readonly Shape[] = [
  { prefix: /^sk-ant-(?:api|oat|ort|admin|sid)\d{2}-/, suffix: /AA$/ },
  { prefix: /^sk-(?:proj|svcacct|admin|None|or-v1)-/ },
  { prefix: /^sk-(?=[A-Za-z0-9]{20})/ },
  // 22 characters, `_`, and 59 more.
  { prefix: /^github_pat_/, keeps: (index) => index === 22 },
  { prefix: /^gh[opsur]_/ },
  { prefix: /^gl(?:pat|oas|dt|rt|cbt|ptt|ft|soat|imt)-/ },
  { prefix: /^npm_/ },
  { prefix: /^pypi-AgE/ },
  { prefix: /^(?:AKIA|ASIA|ABIA|ACCA)(?=[A-Z2-7]{16}$)/ },
  { prefix: /^AIza(?=[\w-]{35}$)/ },
  { prefix: /^(?:hf|gsk|xai|lin_api|dop_v1|shpat|ntn|r8|fw|pplx|nvapi)[_-]/ },
  { prefix: /^(?:sk|pk|rk)_(?:live|test)_/ },
  { prefix: /^xox[abeprs]-/, keeps: () => true },
  { prefix: /^(?=[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$)/i, keeps: () => true },
  { prefix: /^/ },
];

/** Returns a placeholder for this secret, of the same length in characters. Each draw gives another. */
export function placeholderFor(secret: string, draw: Draw): string {
  const jwt = jwtPlaceholder(secret, draw);
  if (jwt !== undefined) return jwt;
  const shape = SHAPES.find(({ prefix }) => prefix.test(secret)) ?? { prefix: /^/ };
  const prefix = shape.prefix.exec(secret)?.[0] ?? '';
  const rest = secret.slice(prefix.length);
  const suffix = (shape.suffix ?? /=*$/).exec(rest)?.[0] ?? '';
  const body = rest.slice(0, rest.length - suffix.length);
  const kept = (char: string, index: number): boolean => /[-_]/.test(char) && shape.keeps?.(index) === true;
  const free = Array.from(body)
    .filter((char, index) => !kept(char, index))
    .join('');
  const drawn = drawLike(free, draw);
  const filled = Array.from(body)
    .map((char, index) => (kept(char, index) ? char : drawn.pop()))
    .join('');
  return `${prefix}${filled}${suffix}`;
}
