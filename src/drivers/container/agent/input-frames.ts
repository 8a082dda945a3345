import { Transform, type TransformCallback } from 'node:stream';

/**
 * Standard input in frames, for a runtime that ends a program's output with its input: Kata's agent does so by
 * CloseStdin (close_stdin in src/agent/rustjail/src/process.rs of kata-containers 4.1.0). The engine's stream stays
 * open until the program has ended, and end of file travels as a frame. A frame is the number of bytes on a line, then
 * these bytes; 0 means end of file.
 */

/** The largest frame, in bytes: `dd` in the bottle has a buffer of this size. */
const MOST_BYTES = 64 * 1024;

const END = '0\n';

/** The first line: whether there is any input. */
const MODES = { frames: 'frames\n', none: 'none\n' } as const;

/** The text to send to a program without input. */
export const NO_INPUT: string = MODES.none;

/** Returns a stream that turns bytes into frames, and end of file into the last frame. */
export function toFrames(): Transform {
  const frames = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      for (let at = 0; at < chunk.length; at += MOST_BYTES) {
        const part = chunk.subarray(at, at + MOST_BYTES);
        this.push(`${part.length}\n`);
        this.push(part);
      }
      done();
    },
    flush(done: TransformCallback) {
      done(null, END);
    },
  });
  frames.push(MODES.frames);
  return frames;
}

const FAILED = 125;

/**
 * For a shell that becomes the program: makes the content of the frames its standard input. A background process,
 * detached from the shell, copies the frames into a FIFO, so the program has no child that it did not start. A shell's
 * `read` takes no extra bytes from a pipe; `dd` takes exactly the given number.
 */
export const READ_FRAMES: string = [
  'read -r BOT_BOTTLE_INPUT;',
  'if [ "$BOT_BOTTLE_INPUT" = frames ]; then',
  'BOT_BOTTLE_INPUT=/tmp/.bot-bottle-input-$$;',
  // Without `-m`: a bottle's seccomp profile does not allow chmod on a FIFO.
  '(umask 077; PATH="$PATH:/usr/bin:/bin"; command -v dd >/dev/null && mkfifo "$BOT_BOTTLE_INPUT") ||',
  `{ echo 'bot-bottle: input needs dd, mkfifo and a /tmp that can be written in this image' >&2; exit ${FAILED}; };`,
  'exec 3<&0;',
  '( { while read -r bytes && [ "$bytes" -gt 0 ]; do',
  'PATH="$PATH:/usr/bin:/bin" dd bs="$bytes" count=1 iflag=fullblock || break;',
  'done; } <&3 3<&- >"$BOT_BOTTLE_INPUT" 2>/dev/null & );',
  'exec 3<&- <"$BOT_BOTTLE_INPUT";',
  'PATH="$PATH:/usr/bin:/bin" rm -f "$BOT_BOTTLE_INPUT";',
  'else exec </dev/null; fi;',
  'unset BOT_BOTTLE_INPUT;',
].join(' ');
