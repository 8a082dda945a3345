/**
 * Text that somebody else wrote, made safe to show: what a terminal or an eye could be fooled by (control characters,
 * escape sequences, bidirectional overrides, invisible characters, line and paragraph separators) becomes `\u{...}`.
 */
export function visible(text: string): string {
  return text.replaceAll(DECEIVING, (character) =>
    character === '\t' ? '\\t' : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

// Cc: control. Cf: format, with the bidirectional controls of "Trojan Source" (CVE-2021-42574). Cs: lone surrogates.
const DECEIVING = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
