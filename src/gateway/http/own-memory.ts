/** The same bytes in memory of their own, if they are a small part of theirs: kept as they are, they would hold all of it. */
export function apart(bytes: Buffer): Buffer {
  if (bytes.length * 2 > bytes.buffer.byteLength) return bytes;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}
