import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/**
 * Parses the engine's stream of a program without a terminal: frames of an 8-byte header (stream number, three zeros,
 * length as big-endian 32 bits) and a payload. See "Stream format" at ContainerAttach in Docker's engine API reference.
 */

const HEADER_BYTES = 8;

export interface Frame {
  readonly stream: 'stdout' | 'stderr';
  readonly payload: Buffer;
}

/**
 * Returns a function that cuts bytes into frames as they arrive. It splits a long frame into parts, so that it buffers
 * no payload.
 */
export function createFrameParser(): (chunk: Buffer) => Frame[] {
  let header = Buffer.alloc(0);
  let stream: Frame['stream'] = 'stdout';
  let remaining = 0;
  return (chunk) => {
    const frames: Frame[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      if (remaining > 0) {
        const payload = rest.subarray(0, remaining);
        frames.push({ stream, payload });
        remaining -= payload.length;
        rest = rest.subarray(payload.length);
        continue;
      }
      const missing = HEADER_BYTES - header.length;
      header = Buffer.concat([header, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (header.length < HEADER_BYTES) break;
      stream = header[0] === 2 ? 'stderr' : 'stdout';
      remaining = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
    return frames;
  };
}

export interface Sinks {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/**
 * Copies a program's output until its end, at the speed of the readers. With a terminal, all bytes go to stdout
 * unchanged. Drops the output for a closed sink; the other sink is not affected.
 */
export async function copyOutput(source: Readable, sinks: Sinks, tty: boolean): Promise<void> {
  const parse = createFrameParser();
  for await (const chunk of source as AsyncIterable<Buffer>) {
    const frames = tty ? [{ stream: 'stdout' as const, payload: chunk }] : parse(chunk);
    for (const { stream, payload } of frames) await write(sinks[stream], payload);
  }
}

async function write(sink: Writable, payload: Buffer): Promise<void> {
  if (sink.destroyed || sink.writableEnded || sink.write(payload)) return;
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  sink.once('close', leave);
  try {
    await once(sink, 'drain', { signal: gone.signal });
  } catch {
    // the sink closed or failed instead of draining: nobody reads any more
  } finally {
    sink.off('close', leave);
  }
}
