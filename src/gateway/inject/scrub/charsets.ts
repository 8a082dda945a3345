/**
 * Charsets of a host's answers: the scrub searches for the forms of a secret in bytes that are ASCII (docs/adr/0092).
 */

/**
 * Returns an Accept header without its charset parameters, as Spring and others accept them, and otherwise unchanged.
 * Readers disagree on where a quoted string ends, and some do not support them: so this removes charset parameters in
 * quoted strings too. Idempotent.
 */
export function withoutCharset(accept: string): string {
  if (!/charset/i.test(accept)) return accept;
  const pieces = accept.split(/(?=[;,])/);
  if (!pieces.some(asksForCharset)) return accept;
  return pieces
    .map((piece) => (asksForCharset(piece) ? leftOf(piece) : piece))
    .join('')
    .trimEnd();
}

const asksForCharset = (piece: string): boolean => /^[;,][^\w-]*charset(?![\w/-])/i.test(piece);

/**
 * What remains of a removed piece: an unbalanced quote, so that its quoted string still begins or ends there, and the
 * trailing space.
 */
function leftOf(piece: string): string {
  const quotes = piece.split('"').length - 1;
  return (quotes % 2 === 0 ? '' : '"') + piece.slice(piece.trimEnd().length);
}

/**
 * Charsets that write each ASCII character as its own byte, and use that byte for nothing else. Not Shift_JIS: some
 * write the backslash and the tilde in two bytes. Not UTF-16, in which the scrub finds a secret only as it stands; nor
 * UTF-32, UTF-7, ISO-2022, HZ and EBCDIC.
 */
const READ: readonly RegExp[] = [
  /^(?:unicode-1-1-)?utf[-_]?8$/,
  /^(?:utf8mb[34]|cp65001)$/,
  /^(?:(?:us-?)?ascii|ansi_x3\.4-19(?:68|86)|iso646-us)$/,
  /^(?:iso[-_]?)?8859[-_](?:[1-9]|1[0-6])(?::(?:19|20)\d\d)?(?:-[ei])?$/,
  /^iso8859(?:[1-9]|1[0-6])$/,
  /^latin-?(?:[1-9]|10)$/,
  /^(?:windows-|(?:x-)?cp|ms)(?:125[0-8]|874|936|949|950)$/,
  // DOS: not 864, which has another character in place of the percent sign. Most of IBM's other numbers are EBCDIC.
  /^(?:cp|ibm)(?:437|737|775|85[02578]|86[0-3569])$/,
  /^(?:windows-31j|cp932|ms932|macintosh|x-mac-roman|tis-620)$/,
  /^(?:(?:x-)?gbk|gb2312|gb18030|big5|big5-hkscs)$/,
  /^ks_?c_?5601(?:-198[79])?$/,
  /^(?:x-)?euc-(?:cn|jp|kr|tw)$/,
  /^koi8-(?:r|u|ru|t)$/,
  // No charset, or `binary`; also names that stand for a missing value in the server: readers then assume UTF-8 or
  // Windows-1252.
  /^(?:binary|none|null|undefined)?$/,
];

/**
 * Returns the first charset in these Content-Types in which the scrub cannot search for a secret; undefined if there is
 * none.
 */
export function unreadableCharset(contentTypes: readonly string[]): string | undefined {
  return contentTypes
    .flatMap(charsetsOf)
    .find((charset) => !READ.some((read) => read.test(charset.toLowerCase())));
}

/** The text before the `=` of a charset parameter: also of an encoded one, or of one in several parts (RFC 2231). */
const NAME = /(?:^|[^\w-])charset(?:[^\w-]|\d)*$/i;

/** Every value that any reader may take for a charset, even in a quoted string. */
function charsetsOf(contentType: string): string[] {
  return contentType.split(/[;,]/).flatMap((piece) => {
    const sides = piece.split('=');
    return sides
      .slice(1)
      .filter((_, index) => NAME.test(sides[index] ?? ''))
      .map((value) => value.replaceAll(/["'\s]/g, ''));
  });
}
