import { PassThrough, Readable, Transform, Writable, finished, pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { createUsageReader, type UsageReader } from '../budget/usage.ts';
import type { TokenUsage } from '../config.ts';
import type { Passage } from '../gate/gate.ts';
import type { Body, HttpResponse } from '../message/exchange.ts';
import { pairsOf, valuesOf, type RawHeaders } from '../message/headers.ts';
import { ONE_PIECE } from '../message/held.ts';
import { unreadableCharset } from '../inject/scrub/charsets.ts';
import type { Scrub } from '../inject/scrub/scrub.ts';
import { withoutSessions } from '../inject/sessions.ts';
import { isCodedByMessage, isPartialAnswer } from '../inject/scrub/whole-answers.ts';

/** Reads the answer of a host: removes the secrets that the host received, and counts the tokens. */

export interface ReadAnswer extends HttpResponse {
  /** Tokens as the answer states them, or estimated where the policy limits tokens. */
  readonly usage: () => TokenUsage | undefined;
}

/** Creates a decoder for a coding whose first byte is given. */
type Decoder = (first: number) => Transform;

/** Codings that the gateway can decode; it did not ask for any other. */
const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['gzip', () => createGunzip()],
  ['x-gzip', () => createGunzip()],
  // Many servers omit zlib's header (RFC 1950, 2.2), and no encoder begins a block with these bits.
  ['deflate', (first) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw())],
  ['br', () => createBrotliDecompress()],
]);

/** Names that servers use for no coding: AWS's `aws-chunked` is for uploads, and S3 returns the name. */
const NO_CODINGS = new Set(['', 'identity', 'none', 'utf-8', 'aws-chunked']);

/** Most codings of one answer. No server uses as many; each one more is memory that a host could take with a word. */
const MAX_CODINGS = 3;

/** Headers that are no longer true after decoding. */
const OF_THE_CODING = new Set(['content-encoding', 'content-length']);

/**
 * Returns the answer as the bottle gets it. If a limit or an identity requires it, decodes and inspects the answer.
 * @throws Error when its codings or charset cannot be read here, or when it is part of an answer (206), which may hold
 * part of a secret. Of the host's words, the message quotes only the charset, scrubbed.
 */
export function readAnswer(answer: HttpResponse, passage: Passage, scrub: Scrub): ReadAnswer {
  const { asked, isLent, budget } = passage;
  if (!isLent && !budget.limitsTokens) return asItIs(answer);
  const hasBody = asked.method !== 'HEAD' && answer.status !== 204 && answer.status !== 304;
  const types = valuesOf(answer.headers, 'content-type');
  if (isLent && hasBody) {
    checkForm(answer);
    checkCharset(types, scrub);
  }
  const decoded = hasBody ? decode(answer, isLent ? scrub : undefined) : answer;
  const reader = createUsageReader(types.join(), { estimates: budget.limitsTokens });
  const counted = { ...decoded, body: counting(decoded.body, reader, passage) };
  const given = isLent ? scrubbed(counted, passage, scrub) : counted;
  return { ...given, usage: () => reader.usage() };
}

/** @throws Error when the answer may hold part of a secret, or one in a compression that the gateway does not decode */
function checkForm({ status, headers, body }: HttpResponse): void {
  if (isPartialAnswer(status, valuesOf(headers, 'content-range')))
    throw new Error('the answer is partial, which the request did not ask for');
  const isEmpty = body instanceof Uint8Array && body.length === 0;
  if (!isEmpty && isCodedByMessage(headers)) throw new Error(CODED_BY_MESSAGE);
}

/** Tells the client the next step, because it chose the coding. */
const CODED_BY_MESSAGE =
  'the answer compresses each message (gRPC, Connect), so the gateway cannot find secrets in it; ' +
  'turn message compression off in the client';

/** Takes the charset from the scrubbed header: the scrub would not recognise a part of a secret by itself. */
function checkCharset(contentTypes: readonly string[], scrub: Scrub): void {
  if (unreadableCharset(contentTypes) === undefined) return;
  const charset = unreadableCharset(contentTypes.map((type) => scrub.text(type))) ?? 'of a secret';
  throw new Error(
    `the answer is in the charset ${charset.slice(0, LONGEST_TOLD)}, in which the gateway cannot find secrets`,
  );
}

const LONGEST_TOLD = 40;

/** Lists the members, as live-policy.ts does. */
function asItIs({ status, statusMessage, headers, body, trailers }: HttpResponse): ReadAnswer {
  return { status, statusMessage, headers, body, trailers, usage: () => undefined };
}

/** Passes everything on unchanged. Stated and estimated tokens count at once: a client that stops reading pays too. */
function counting(body: Body, reader: UsageReader, { budget }: Passage): Body {
  let before: TokenUsage = { input: 0, output: 0 };
  const count = (chunk: Uint8Array): void => {
    reader.push(chunk);
    const now = reader.usage() ?? before;
    budget.use({ input: now.input - before.input, output: now.output - before.output });
    before = now;
  };
  if (body instanceof Uint8Array) {
    count(body);
    return body;
  }
  const counter = new Transform({
    highWaterMark: ONE_PIECE,
    transform: (chunk: Buffer, _, done) => {
      count(chunk);
      done(null, chunk);
    },
  });
  return through(body, counter);
}

function scrubbed(answer: HttpResponse, passage: Passage, scrub: Scrub): HttpResponse {
  return {
    ...answer,
    statusMessage: answer.statusMessage === undefined ? undefined : scrub.text(answer.statusMessage),
    headers: scrubbedFields(answer.headers, passage, scrub),
    body:
      answer.body instanceof Uint8Array
        ? scrubWhole(answer.body, scrub)
        : through(answer.body, scrubbing(scrub)),
    trailers: () => scrubbedFields(answer.trailers(), passage, scrub),
  };
}

/**
 * Returns headers or trailers without secrets. Leaves out a field whose name reveals one, and a session that the host
 * gives for the rule's identity.
 */
export function scrubbedFields(
  fields: RawHeaders,
  { grant }: Pick<Passage, 'grant'>,
  scrub: Scrub,
): string[] {
  const given = grant.inject === undefined ? fields : withoutSessions(fields);
  return pairsOf(given).flatMap(([name, value]) => {
    const label = `${name}: `;
    const told = scrub.text(label + value);
    return told.startsWith(label) ? [name, told.slice(label.length)] : [];
  });
}

/**
 * `scrub`: also scrubs the bytes before decoding. A text that is only called deflate may decode to another text, which
 * reveals the first.
 */
function decode(answer: HttpResponse, scrub: Scrub | undefined): HttpResponse {
  const codings = valuesOf(answer.headers, 'content-encoding')
    .flatMap((value) => value.toLowerCase().split(','))
    .map((coding) => coding.trim())
    .filter((coding) => !NO_CODINGS.has(coding));
  if (codings.length === 0) return answer;
  if (codings.length > MAX_CODINGS)
    throw new Error(`the answer has more than ${MAX_CODINGS} content codings`);
  const decoders = codings.map((coding) => {
    const decoder = DECODERS.get(coding);
    if (decoder === undefined)
      throw new Error('the answer has a content coding that the request did not ask for');
    return decoder;
  });
  const headers = pairsOf(answer.headers).filter(([name]) => !OF_THE_CODING.has(name.toLowerCase()));
  return { ...answer, headers: headers.flat(), body: decodedBody(answer.body, decoders, scrub) };
}

function decodedBody(body: Body, decoders: readonly Decoder[], scrub: Scrub | undefined): Body {
  if (body instanceof Uint8Array && body.length === 0) return body;
  const coded = body instanceof Uint8Array ? Readable.from([body]) : body;
  return decoders.reduceRight<Readable>(
    (from, decoder) => decoded(scrub === undefined ? from : through(from, scrubbing(scrub)), decoder),
    coded,
  );
}

/** Starts decoding at the first byte: if none comes, there is nothing to decode, and decoders call that an error. */
function decoded(from: Readable, decoder: Decoder): Readable {
  const out = new PassThrough({ highWaterMark: ONE_PIECE });
  let inner: Transform | undefined;
  const into = new Writable({
    highWaterMark: ONE_PIECE,
    write: (chunk: Buffer, _, done) => {
      if (inner === undefined) through((inner = decoder(chunk[0] ?? 0)), out);
      inner.write(chunk, done);
    },
    final: (done) => {
      (inner ?? out).end();
      done();
    },
  });
  pipeline(from, into, (error) => {
    if (error) (inner ?? out).destroy(error);
  });
  finished(out, (error) => {
    if (error) into.destroy(error);
  });
  return out;
}

/** Pipes one stream through the other; an error in either ends both. */
function through(from: Readable, to: Transform): Readable {
  return pipeline(from, to, () => undefined);
}

/** Returns a stream that scrubs one body, or one direction of a WebSocket. */
export function scrubbing(scrub: Scrub): Transform {
  const stream = scrub.stream();
  return new Transform({
    highWaterMark: ONE_PIECE,
    transform: (chunk: Buffer, _, done) => done(null, orNothing(stream.push(chunk))),
    flush: (done) => done(null, orNothing(stream.end())),
  });
}

function scrubWhole(body: Uint8Array, scrub: Scrub): Uint8Array {
  const stream = scrub.stream();
  return Buffer.concat([stream.push(body), stream.end()]);
}

function orNothing(bytes: Uint8Array): Uint8Array | undefined {
  return bytes.length === 0 ? undefined : bytes;
}
