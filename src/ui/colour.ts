import { styleText } from 'node:util';
import type { Writable } from 'node:stream';

type Style = 'red' | 'green' | 'yellow' | 'bold' | 'dim';

/** Returns the text in a style, if the stream is a terminal and NO_COLOR does not forbid it (no-color.org). */
export function styled(style: Style, text: string, stream: Writable = process.stdout): string {
  return styleText(style, text, { stream, validateStream: true });
}
