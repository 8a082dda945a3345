/** The end of a line within a form that was cut into lines: LF or CR LF, as itself or as a JSON escape. */

/** No end of a line. */
export const NO_LINE_END = -1;
/** The bytes end before it is known. */
export const OPEN_LINE_END = -2;

const LINE_ENDS = ['\n', '\r\n', '\\n', '\\r\\n'].map((text) =>
  Uint8Array.from(text, (char) => char.charCodeAt(0)),
);

export const LONGEST_LINE_END = Math.max(...LINE_ENDS.map(({ length }) => length));

/** The bytes that an end of a line begins with. */
export const LINE_END_STARTS = new Set(LINE_ENDS.map(([first = 0]) => first));

/** Where the end of a line that begins here is over; or one of the two above. */
export function lineEndAt(bytes: Uint8Array, at: number): number {
  for (const lineEnd of LINE_ENDS) {
    let length = 0;
    while (length < lineEnd.length && at + length < bytes.length && bytes[at + length] === lineEnd[length])
      length += 1;
    if (length === lineEnd.length) return at + length;
    if (length > 0 && at + length === bytes.length) return OPEN_LINE_END;
  }
  return NO_LINE_END;
}
