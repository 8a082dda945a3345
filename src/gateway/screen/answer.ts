import { PassThrough, Readable, Transform, Writable, finished, pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { createUsageReader, type UsageReader } from '../budget/usage.ts';
import type { TokenUsage } from '../config.ts';
import type { Passage } from '../gate/gate.ts';
import type { Answered, Body } from '../message/exchange.ts';
import { pairsOf, valuesOf, type RawHeaders } from '../message/headers.ts';
import { ONE_PIECE } from '../message/held.ts';
import { charsetNobodyReads } from '../inject/charsets.ts';
import type { Scrub } from '../inject/scrub.ts';
import { withoutSessions } from '../inject/sessions.ts';
import { isCodedByMessage, isPart } from '../inject/whole-answers.ts';

/** What comes back from a host: without the secrets that it was shown, and with its tokens counted. */

export interface ReadAnswer extends Answered {
  /** As far as it was stated, and estimated where tokens are limited. */
  readonly usage: () => TokenUsage | undefined;
}

/** What undoes a coding of which this byte is the first. */
type Decoder = (first: number) => Transform;

/** Codings that can be looked into; others were not asked for. */
const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['gzip', () => createGunzip()],
  ['x-gzip', () => createGunzip()],
  // Many servers leave out zlib's head (RFC 1950, 2.2), and no encoder begins a block with these bits.
  ['deflate', (first) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw())],
  ['br', () => createBrotliDecompress()],
]);

/** What servers call no coding: AWS's is of uploads, and S3 gives the name back. */
const NO_CODINGS = new Set(['', 'identity', 'none', 'utf-8', 'aws-chunked']);

/** No server uses as many; each more is memory that a host could take with a word. */
const MAX_CODINGS = 3;

/** No longer true of what is decoded. */
const OF_THE_CODING = new Set(['content-encoding', 'content-length']);

/**
 * The answer as the bottle gets it. Where a limit or an identity asks for it, it is decoded and looked into.
 * @throws Error when its codings or charset cannot be read here, or when it is a part of an answer (206), which may hold a part of
 * a secret. Of the host's words the message quotes the charset only, scrubbed.
 */
export function readAnswer(answer: Answered, passage: Passage, scrub: Scrub): ReadAnswer {
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

/** @throws Error when a secret may stand in it in parts, or compressed where nobody undoes it */
function checkForm({ status, headers, body }: Answered): void {
  if (isPart(status, valuesOf(headers, 'content-range')))
    throw new Error('the answer is a part of one, which nobody asked for');
  const isEmpty = body instanceof Uint8Array && body.length === 0;
  if (!isEmpty && isCodedByMessage(headers)) throw new Error(CODED_BY_MESSAGE);
}

/** Says what its client can do: it has chosen the coding. */
const CODED_BY_MESSAGE =
  'the answer is in a coding of each message (gRPC, Connect), in which nobody looks for a secret; hosts take that of the request: ' +
  'let its client compress no messages';

/** Told of what was scrubbed: a part of the value, by itself, would not be known. */
function checkCharset(contentTypes: readonly string[], scrub: Scrub): void {
  if (charsetNobodyReads(contentTypes) === undefined) return;
  const charset = charsetNobodyReads(contentTypes.map((type) => scrub.text(type))) ?? 'of a secret';
  throw new Error(
    `the answer is in the charset ${charset.slice(0, LONGEST_TOLD)}, in which nobody looks for a secret`,
  );
}

const LONGEST_TOLD = 40;

/** Written out, as in live-policy.ts. */
function asItIs({ status, statusMessage, headers, body, trailers }: Answered): ReadAnswer {
  return { status, statusMessage, headers, body, trailers, usage: () => undefined };
}

/** Passes all on as it is. What was stated or estimated counts at once: a client that does not read to the end pays too. */
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

function scrubbed(answer: Answered, passage: Passage, scrub: Scrub): Answered {
  return {
    ...answer,
    statusMessage: answer.statusMessage === undefined ? undefined : scrub.text(answer.statusMessage),
    headers: tellableFields(answer.headers, passage, scrub),
    body:
      answer.body instanceof Uint8Array
        ? scrubWhole(answer.body, scrub)
        : through(answer.body, scrubbing(scrub)),
    trailers: () => tellableFields(answer.trailers(), passage, scrub),
  };
}

/**
 * Headers or trailers without secrets: one that tells by its name is left out, and so is a session that a host gives for the identity
 * of the rule.
 */
export function tellableFields(
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

/** `scrub`: what is decoded is scrubbed before too. A text that is only called deflate may decode to another, which tells of it. */
function decode(answer: Answered, scrub: Scrub | undefined): Answered {
  const codings = valuesOf(answer.headers, 'content-encoding')
    .flatMap((value) => value.toLowerCase().split(','))
    .map((coding) => coding.trim())
    .filter((coding) => !NO_CODINGS.has(coding));
  if (codings.length === 0) return answer;
  if (codings.length > MAX_CODINGS)
    throw new Error(`the answer is in a coding of more than ${MAX_CODINGS} in one`);
  const decoders = codings.map((coding) => {
    const decoder = DECODERS.get(coding);
    if (decoder === undefined) throw new Error('the answer is in a coding which was not asked for');
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

/** Decoded from the first byte on: where none comes there is nothing to decode, and decoders call that broken. */
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

/** A stream of the one through the other; a fault of either ends both. */
function through(from: Readable, to: Transform): Readable {
  return pipeline(from, to, () => undefined);
}

/** For one body, or one direction of a WebSocket. */
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
