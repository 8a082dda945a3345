import * as zlib from 'node:zlib';

/** Small archives, for tests: one file each. */

const TAR_BLOCK = 512;

/** Returns a tar archive with one file, as POSIX pax describes it (ustar). */
export function tarOf(name: string, data: Buffer): Buffer {
  const head = Buffer.alloc(TAR_BLOCK);
  head.write(name, 0);
  head.write('0000644\0', 100);
  head.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124);
  head.write('        0', 148);
  head.write('ustar\x0000', 257);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((TAR_BLOCK - (data.length % TAR_BLOCK)) % TAR_BLOCK);
  return Buffer.concat([head, data, padding, Buffer.alloc(2 * TAR_BLOCK)]);
}

/**
 * Returns a zip archive with one deflated file (APPNOTE.TXT, 4.3.7 and 4.3.12). Its checksums are zero, because nothing
 * here reads them.
 */
export function zipOf(name: string, data: Buffer): Buffer {
  const packed = zlib.deflateRawSync(data);
  const fields = Buffer.alloc(22);
  fields.writeUInt16LE(8, 4);
  fields.writeUInt32LE(packed.length, 14);
  fields.writeUInt32LE(data.length, 18);
  const sizes = Buffer.alloc(4);
  sizes.writeUInt16LE(name.length, 0);
  const local = Buffer.concat([
    Buffer.from('PK\x03\x04\x14\0', 'latin1'),
    fields.subarray(2),
    sizes,
    Buffer.from(name),
    packed,
  ]);
  const central = Buffer.concat([
    Buffer.from('PK\x01\x02\x14\0\x14\0', 'latin1'),
    fields.subarray(2),
    sizes,
    Buffer.alloc(14),
    Buffer.from(name),
  ]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
