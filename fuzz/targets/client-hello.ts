import { readClientHello } from '../../src/gateway/tls/client-hello.ts';
import { must, type Target } from '../target.ts';

/** ClientHellos: a verdict on the first bytes stands, whatever follows them. */

const WHOLE_HELLO =
  '160301005c0100005803030000000000000000000000000000000000000000000000000000000000000000000002130101000' +
  '02d00000010000e00000b6578616d706c652e6f7267002b00030203040010000500030268320033000600040017000101';

/** Adds correct lengths around the mutated inside: otherwise most inputs would fail at the first length. */
function framed(inside: Buffer): Buffer {
  const out = Buffer.concat([Buffer.from([22, 3, 1, 0, 0, 1, 0, 0, 0]), inside]);
  out.writeUInt16BE((inside.length + 4) & 0xffff, 3);
  out.writeUIntBE(inside.length, 6, 3);
  return out;
}

const extension = (type: string, body: string): Buffer => Buffer.from(`${type}${body}`, 'hex');
const PREFIX = Buffer.from(`0303${'00'.repeat(32)}00000213010100`, 'hex');

function inside(...extensions: readonly Buffer[]): Buffer {
  const list = Buffer.concat(extensions);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(list.length);
  return Buffer.concat([Buffer.from([1]), PREFIX, length, list]);
}

const NAME = extension('0000', '0010000e00000b6578616d706c652e6f7267');

export const target: Target = {
  seeds: [
    Buffer.concat([Buffer.from([0]), Buffer.from(WHOLE_HELLO, 'hex')]),
    inside(NAME),
    inside(NAME, extension('fe0d', '000100')),
    inside(extension('ffce', '0000')),
    inside(),
  ],
  tokens: ['\x16\x03\x01', '\0\0\0\x10\0\x0e\0\0\x0b', '\xfe\x0d', '\xff\xce', '\0\0', '\x40\0', '\x01\0'],
  maxBytes: 4_096,
  run: (input) => {
    const rest = input.subarray(1);
    const bytes = (input[0] ?? 0) % 2 === 0 ? rest : framed(rest);
    const whole = readClientHello(bytes);
    for (const share of [0.25, 0.5, 0.75, 0.95]) {
      const early = readClientHello(bytes.subarray(0, Math.floor(bytes.length * share)));
      if (early.state === 'refused') must(whole.state === 'refused', 'was refused, and then was not');
      if (early.state === 'hello')
        must(JSON.stringify(early) === JSON.stringify(whole), 'what follows a hello changes it');
    }
    if (whole.state !== 'hello') return;
    must((whole.serverName?.length ?? 0) <= bytes.length, 'a name that is longer than the message');
    const longer = readClientHello(Buffer.concat([bytes, Buffer.from([0x17, 3, 3])]));
    must(JSON.stringify(longer) === JSON.stringify(whole), 'what follows a hello changes it');
  },
};
