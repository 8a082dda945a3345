/** Parses a client's WebSocket messages (RFC 6455, 5.2), as far as needed to read what an attacker sends. Pure. */

const FINAL = 0x80;
const MASKED = 0x80;
const OPCODE = 0x0f;
const CLOSE = 8;

/** Returns the concatenated payloads of all complete data frames; skips control frames. */
export function payloadsOf(bytes: Buffer): Buffer {
  const payloads: Buffer[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const { opcode, start, length, key } = headAt(bytes, at);
    if (start + length > bytes.length) break;
    const payload = bytes.subarray(start, start + length);
    if (opcode < CLOSE) payloads.push(key === undefined ? payload : unmasked(payload, key));
    at = start + length;
  }
  return Buffer.concat(payloads);
}

/** `start` is beyond the end if the head is incomplete. */
function headAt(bytes: Buffer, at: number) {
  const [first = 0, second = 0] = [bytes[at], bytes[at + 1]];
  const short = second & ~MASKED;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  const isMasked = (second & MASKED) !== 0;
  const keyAt = at + 2 + extra;
  const start = keyAt + (isMasked ? 4 : 0);
  const isHere = start <= bytes.length;
  const length = !isHere || extra === 0 ? short : Number(BigInt(`0x${bytes.toString('hex', at + 2, keyAt)}`));
  return { opcode: first & OPCODE, start, length, key: isMasked ? bytes.subarray(keyAt, start) : undefined };
}

const unmasked = (payload: Buffer, key: Buffer): Buffer =>
  Buffer.from(payload.map((byte, index) => byte ^ (key[index % 4] ?? 0)));

/** Returns a server's text message, in one frame without a mask; shorter than 126 bytes. */
export const frameOf = (text: string): Buffer =>
  Buffer.concat([Buffer.from([FINAL | 1, Buffer.byteLength(text)]), Buffer.from(text)]);
