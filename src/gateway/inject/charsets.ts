/** In which charset a host answers: the forms of a secret are looked for in bytes that are ASCII (docs/adr/0093). */

/**
 * An Accept that asks for no charset, as Spring and others let it, and is otherwise as it was. Readers do not agree on where a quoted
 * string ends, and some know none: so what would ask in one is cut too. A second time, nothing is left to cut.
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

/** A quoted string that begins or ends in it goes on to do so; and the space before what follows. */
function leftOf(piece: string): string {
  const quotes = piece.split('"').length - 1;
  return (quotes % 2 === 0 ? '' : '"') + piece.slice(piece.trimEnd().length);
}

/**
 * Where each ASCII character is written as its own byte, and as nothing else. Shift_JIS is not among them: some write the backslash and
 * the tilde in two bytes. Those of UTF-16 are not, of which a secret is known as it stands only; nor UTF-32, UTF-7, ISO-2022, HZ and EBCDIC.
 */
const READ: readonly RegExp[] = [
  /^(?:unicode-1-1-)?utf[-_]?8$/,
  /^(?:utf8mb[34]|cp65001)$/,
  /^(?:(?:us-?)?ascii|ansi_x3\.4-19(?:68|86)|iso646-us)$/,
  /^(?:iso[-_]?)?8859[-_](?:[1-9]|1[0-6])(?::(?:19|20)\d\d)?(?:-[ei])?$/,
  /^iso8859(?:[1-9]|1[0-6])$/,
  /^latin-?(?:[1-9]|10)$/,
  /^(?:windows-|(?:x-)?cp|ms)(?:125[0-8]|874|936|949|950)$/,
  // DOS: not 864, which has another sign in the place of the percent sign. Of most other numbers IBM's are EBCDIC.
  /^(?:cp|ibm)(?:437|737|775|85[02578]|86[0-3569])$/,
  /^(?:windows-31j|cp932|ms932|macintosh|x-mac-roman|tis-620)$/,
  /^(?:(?:x-)?gbk|gb2312|gb18030|big5|big5-hkscs)$/,
  /^ks_?c_?5601(?:-198[79])?$/,
  /^(?:x-)?euc-(?:cn|jp|kr|tw)$/,
  /^koi8-(?:r|u|ru|t)$/,
  // Not stated, or as whatever it is; so are names that stand for no value in the server: readers take UTF-8 or Windows-1252.
  /^(?:binary|none|null|undefined)?$/,
];

/** The first charset that these Content-Types state in which nobody looks for a secret; undefined: there is none. */
export function charsetNobodyReads(contentTypes: readonly string[]): string | undefined {
  return contentTypes
    .flatMap(charsetsOf)
    .find((charset) => !READ.some((read) => read.test(charset.toLowerCase())));
}

/** What stands before the `=` of one: also of an encoded parameter, or of one of several parts (RFC 2231). */
const NAME = /(?:^|[^\w-])charset(?:[^\w-]|\d)*$/i;

/** All that any reader may take for one, as in a quoted string. */
function charsetsOf(contentType: string): string[] {
  return contentType.split(/[;,]/).flatMap((piece) => {
    const sides = piece.split('=');
    return sides
      .slice(1)
      .filter((_, index) => NAME.test(sides[index] ?? ''))
      .map((value) => value.replaceAll(/["'\s]/g, ''));
  });
}
