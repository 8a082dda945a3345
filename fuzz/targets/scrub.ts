import { formsOf } from '../../src/gateway/inject/scrub/forms.ts';
import { createScrub } from '../../src/gateway/inject/scrub/scrub.ts';
import { must, type Target } from '../target.ts';
import { readCuts } from './cuts.ts';

/**
 * Answers without secrets: no form of a secret is left, no other byte changes, no length changes, however the answer is
 * cut. Exception: a piece may end with the first few bytes of a form.
 */

const SECRETS = ['sk-ant-api03-9xQ/zt+4LmP0=vB7&kW2', 'abababab-abab', '0000000000000000'];
const STAR = 0x2a;
const MAY_SHOW = 3;
const scrub = createScrub(SECRETS, Infinity);
const FORMS = formsOf(SECRETS).map(({ bytes, unit }) => ({ bytes: Buffer.from(bytes), isCut: unit > 0 }));
/** Bytes that may stand between two lines of a form. */
const BETWEEN_LINES = /[\r\n][ \t]*(?:data:)?|[ \t]/g;

const base64 = Buffer.from(`x${SECRETS[0]}`).toString('base64');
const seed = (text: string): Buffer => Buffer.concat([Buffer.from([3, 60, 120, 200]), Buffer.from(text)]);

export const target: Target = {
  seeds: [
    seed(`{"key":"${SECRETS[0]}","other":"${SECRETS[0]?.slice(0, 20)}"}`),
    seed(`a${SECRETS[1]}${SECRETS[1]} ${base64} and ${base64.replace(/.{10}/g, '$&\r\n')}`),
    seed(`${SECRETS[2]}000 ${Buffer.from(SECRETS[1] ?? '').toString('hex')}`),
  ],
  tokens: [
    ...FORMS.map(({ bytes }) => bytes.toString('latin1')),
    '\r\n',
    '\n',
    '\n  ',
    '\ndata: ',
    '=',
    'abab',
    '0000',
    '*',
  ],
  maxBytes: 2_048,
  run: (input) => {
    const { pieces, whole } = readCuts(input);
    const atOnce = scrubbed([whole]);
    const inPieces = scrubbed(pieces);
    must(inPieces.length === atOnce.length, 'another length in pieces');
    const showing = showingOf(whole, pieces);
    for (let at = 0; at < whole.length; at += 1) {
      if (inPieces[at] === atOnce[at]) continue;
      must(inPieces[at] === whole[at] && showing.has(at), 'another answer in pieces');
    }
    must(atOnce.length === whole.length, 'another length');
    const text = Buffer.from(scrub.text(whole.toString('latin1')), 'latin1');
    must(text.equals(atOnce), 'text is scrubbed otherwise than bytes');
    for (const secret of SECRETS) must(!atOnce.includes(secret), 'a secret is left');
    // An escaped text may be a form too, which the simple search does not recognize.
    if (/[%\\&]/.test(whole.toString('latin1'))) return;
    const due = coveredBy(whole);
    for (let at = 0; at < whole.length; at += 1) {
      if (atOnce[at] === whole[at]) continue;
      must(atOnce[at] === STAR && due[at] === 1, 'a byte was changed that belongs to no secret');
    }
  },
};

function scrubbed(pieces: readonly Buffer[]): Buffer {
  const stream = scrub.stream();
  return Buffer.concat([...pieces.map((piece) => Buffer.from(stream.push(piece))), stream.end()]);
}

/** Returns the bytes that may stay visible: up to `MAY_SHOW` bytes at the end of a piece that begin a form. */
function showingOf(whole: Buffer, pieces: readonly Buffer[]): ReadonlySet<number> {
  const found = scrub.scanner.find(whole);
  const showing = new Set<number>();
  let end = 0;
  for (const piece of pieces) {
    const from = end;
    end += piece.length;
    for (let at = Math.max(from, end - MAY_SHOW); at < end; at += 1) {
      const over = found.filter((span) => span.from <= at && at < span.to);
      if (over.every((span) => end - span.from <= MAY_SHOW)) showing.add(at);
    }
  }
  return showing;
}

/**
 * Finds the bytes of every form with the simplest search; ignores the bytes between lines for forms that may be cut.
 */
function coveredBy(whole: Buffer): Uint8Array {
  const due = new Uint8Array(whole.length);
  const between = new Uint8Array(whole.length);
  for (const { index, 0: found } of whole.toString('latin1').matchAll(BETWEEN_LINES))
    between.fill(1, index, index + found.length);
  const places = [...whole.keys()].filter((at) => between[at] === 0);
  const joined = Buffer.from(places.map((at) => whole[at] ?? 0));
  for (const { bytes, isCut } of FORMS) {
    const text = isCut ? joined : whole;
    const form = isCut ? bytes.filter((byte) => byte !== 0x20) : bytes;
    for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1)) {
      const last = at + form.length - 1;
      if (isCut) due.fill(1, places[at], (places[last] ?? 0) + 1);
      else due.fill(1, at, last + 1);
    }
  }
  return due;
}
