import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runOrThrow } from '../../../src/host/run.ts';
import { crc32 } from '../../../src/gateway/dlp/engines/crc32.ts';

/** Packages in the formats of registries. */

type Files = Readonly<Record<string, string>>;

/** Returns an archive of these files without compression (APPNOTE.TXT of PKWARE, 4.3). */
export function zip(files: Files): Buffer {
  const entries = Object.entries(files).map(([name, text]) => ({
    name: Buffer.from(name),
    data: Buffer.from(text),
  }));
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, data } of entries) {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // the version needed to extract
    common.writeUInt16LE(0x21, 8); // 1980-01-01
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, name, data]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), common, place, name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, directory, Buffer.from('PK\x05\x06', 'latin1'), end]);
}

/** Returns the package that `command`, the client's own program, makes of these files in their folder as `output`. */
export async function packed(
  files: Files,
  command: readonly [string, ...string[]],
  output: string,
): Promise<Buffer> {
  const { [output]: data } = await packedAll(files, command, [output]);
  if (data === undefined) throw new Error(`nothing was packed into ${output}`);
  return data;
}

/** Like `packed`, for a program that writes several files: returns the content of each, by its path. */
export async function packedAll(
  files: Files,
  command: readonly [string, ...string[]],
  outputs: readonly string[],
): Promise<Readonly<Record<string, Buffer>>> {
  const dir = mkdtempSync(join(tmpdir(), 'package-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), text);
    }
    const [program, ...args] = command;
    await runOrThrow(program, args, { cwd: dir });
    return Object.fromEntries(outputs.map((output) => [output, readFileSync(join(dir, output))]));
  } finally {
    rmSync(dir, { recursive: true });
  }
}
