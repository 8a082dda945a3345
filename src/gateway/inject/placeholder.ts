import { drawLike, type Draw } from './draw.ts';
import { jwtPlaceholder } from './jwt.ts';

/**
 * What stands for a secret in the bottle: of its shape, so that programs which look at it are content, and of nothing else of
 * it. Its public prefix, its length and its kinds of characters are all that the two have in common.
 */

interface Shape {
  /** What every key of this sort begins and ends with: published by its maker, so no part of the secret. */
  readonly prefix: RegExp;
  readonly suffix?: RegExp;
  /** Where characters stay that part the rest. */
  readonly keeps?: (index: number) => boolean;
}

/** The first that fits counts: from the special to the general. */
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

/** A placeholder for this secret, another with every draw. Of the same length in characters. */
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
