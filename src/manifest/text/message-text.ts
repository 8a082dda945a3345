import type { KeyPath } from './document.ts';

/** Names of things in messages. */

const MOST_LISTED = 20;

/** Formats a path as users write it: `bottles.web.egress.allow[2].host`. */
export function keyName(path: KeyPath): string {
  const [first, ...rest] = path;
  if (first === undefined) return 'the manifest';
  const tail = rest.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`));
  return `\`${first}${tail.join('')}\``;
}

/** Formats a list: `a`, `b` or `c`. */
export function listed(words: readonly string[]): string {
  const quoted = words.slice(0, MOST_LISTED).map((word) => `\`${word}\``);
  if (words.length > MOST_LISTED) quoted.push(`${words.length - MOST_LISTED} more`);
  const last = quoted.pop() ?? 'nothing';
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}
