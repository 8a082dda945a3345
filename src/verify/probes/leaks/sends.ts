import { disguised, type Disguise } from './disguises.ts';
import type { Send } from './sent.ts';
import { ask, type Order } from './ways.ts';

/** Ways to send a word that several probes use. */

export const BYTES_TYPE = { 'content-type': 'application/octet-stream' };

/** Returns a function that sends a request containing the word. */
export const asking =
  (orderOf: (word: string) => Order): Send =>
  (t, nonce, word) =>
    ask(t, nonce, orderOf(word));

/** Returns a function that sends a POST; its content type is that of bytes unless the headers set another. */
export const posting = (orderOf: (word: string) => Pick<Order, 'headers' | 'body'>): Send =>
  asking((word) => ({ method: 'POST', headers: BYTES_TYPE, ...orderOf(word) }));

export const inHeader: Send = asking((word) => ({ headers: { 'x-note': word } }));

/** Send the disguised word in the query, or as the content. */
export const inQuery = (...steps: readonly Disguise[]): Send =>
  asking((word) => ({ rest: `?d=${disguised(word, steps).toString()}` }));
export const inContent = (...steps: readonly Disguise[]): Send =>
  posting((word) => ({ body: disguised(word, steps) }));

const BOUNDARY = 'b0undary';

interface Upload {
  readonly fileName: string;
  readonly content: string;
}

/** Returns a function that uploads a file in a form. */
export const uploading = (uploadOf: (word: string) => Upload): Send =>
  posting((word) => {
    const { fileName, content } = uploadOf(word);
    return {
      body: `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${fileName}"\r\n\r\n${content}\r\n--${BOUNDARY}--\r\n`,
      headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    };
  });

/** Splits a word in two; the gateway's search for the whole word finds neither half. */
export const halves = (word: string): [one: string, other: string] => [
  word.slice(0, word.length / 2),
  word.slice(word.length / 2),
];

/** Cuts a word into pieces of `size` characters; the last may be shorter. */
export const piecesOf = (word: string, size: number): readonly string[] =>
  word.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
