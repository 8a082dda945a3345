import type { TerminalSize } from '../driver.ts';

/** The frames between this process and session.pl, which lists them: a letter, a length of four bytes, the bytes. */

export interface Frame {
  readonly letter: string;
  readonly bytes: Buffer;
}

const HEADER_BYTES = 5;
/** A longer frame comes from no program of bot-bottle: they send pieces of 64 KiB. */
const LONGEST_BYTES = 1024 * 1024;

/** One frame, ready to send. */
export function encodeFrame(letter: string, bytes: Uint8Array | string = ''): Buffer {
  const body = Buffer.from(bytes);
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(letter, 'latin1');
  header.writeUInt32BE(body.length, 1);
  return Buffer.concat([header, body]);
}

/**
 * Returns a function that collects a stream's pieces and returns the complete frames. That function throws RangeError
 * for a frame longer than any that bot-bottle sends.
 */
export function frameReader(): (piece: Buffer) => Frame[] {
  let rest: Buffer = Buffer.alloc(0);
  return (piece) => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const frames: Frame[] = [];
    while (rest.length >= HEADER_BYTES) {
      const length = rest.readUInt32BE(1);
      if (length > LONGEST_BYTES) throw new RangeError(`a frame of ${length} bytes`);
      const end = HEADER_BYTES + length;
      if (rest.length < end) break;
      frames.push({ letter: rest.toString('latin1', 0, 1), bytes: rest.subarray(HEADER_BYTES, end) });
      rest = rest.subarray(end);
    }
    return frames;
  };
}

/** The content of a frame `w`. */
export function sizeBytes({ rows, columns }: TerminalSize): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(rows, 0);
  bytes.writeUInt16BE(columns, 2);
  return bytes;
}

export interface ProgramRequest {
  /**
   * `main`: the bottle ends with it. The other kinds depend on the program that serves the request
   * (assets/sandbox/serve.pl).
   */
  readonly kind: 'main' | 'exec' | 'root' | 'check' | 'bring-out';
  /** Undefined: the program has pipes, not a terminal. */
  readonly terminal: TerminalSize | undefined;
  readonly cwd: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The request for serve.pl: fields separated by NULs, which no argument and no variable can contain. */
export function encodeRequest({ kind, terminal, cwd, argv, env }: ProgramRequest): Buffer {
  const fields = [
    kind,
    terminal === undefined ? '' : `${terminal.rows} ${terminal.columns}`,
    cwd,
    String(argv.length),
    ...argv,
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
  ];
  const nul = fields.find((field) => field.includes('\0'));
  if (nul !== undefined) throw new RangeError(`a NUL byte in ${JSON.stringify(nul)}`);
  return Buffer.from(fields.join('\0'));
}
