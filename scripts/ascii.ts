/**
 * Returns an ASCII program that does the same: escapes replace other characters. esbuild (`charset: 'ascii'`) leaves
 * them in tagged templates, regular expressions and comments. In the first two an escape means the same, and in
 * comments it has no effect.
 * @throws Error if an escape would not mean the same: in a `String.raw` template
 */
export function toAscii(program: string): string {
  const raw = /String\.raw`[^`]*[^\0-\x7f]/.exec(program)?.[0]; // oxlint-disable-line no-control-regex -- ASCII
  if (raw !== undefined) throw new Error(`a character that is not ASCII in ${raw}`);
  // oxlint-disable-next-line no-control-regex -- ASCII
  return program.replaceAll(/[^\0-\x7f]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
