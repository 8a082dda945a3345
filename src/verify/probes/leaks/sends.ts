import { disguised, type Disguise } from './disguises.ts';
import type { Send } from './sent.ts';
import { ask, type Order } from './ways.ts';

/** What several do to send something. */

export const BYTES_TYPE = { 'content-type': 'application/octet-stream' };

/** By a request that has the word in it somewhere. */
export const asking =
  (orderOf: (word: string) => Order): Send =>
  (t, nonce, word) =>
    ask(t, nonce, orderOf(word));

/** As the content of a POST, of bytes where no header says something else. */
export const posting = (orderOf: (word: string) => Pick<Order, 'headers' | 'body'>): Send =>
  asking((word) => ({ method: 'POST', headers: BYTES_TYPE, ...orderOf(word) }));

export const inHeader: Send = asking((word) => ({ headers: { 'x-note': word } }));

/** In a disguise, in the query or as the content. */
export const inQuery = (...steps: readonly Disguise[]): Send =>
  asking((word) => ({ rest: `?d=${disguised(word, steps).toString()}` }));
export const inContent = (...steps: readonly Disguise[]): Send =>
  posting((word) => ({ body: disguised(word, steps) }));

const BOUNDARY = 'b0undary';

interface Upload {
  readonly fileName: string;
  readonly content: string;
}

/** A file, as a form has it. */
export const uploading = (uploadOf: (word: string) => Upload): Send =>
  posting((word) => {
    const { fileName, content } = uploadOf(word);
    return {
      body: `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${fileName}"\r\n\r\n${content}\r\n--${BOUNDARY}--\r\n`,
      headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    };
  });

/** A word in two, each of which by itself is not found as the whole is. */
export const halves = (word: string): [one: string, other: string] => [
  word.slice(0, word.length / 2),
  word.slice(word.length / 2),
];

/** A word cut into pieces of so many characters; the last may be shorter. */
export const piecesOf = (word: string, size: number): readonly string[] =>
  word.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
