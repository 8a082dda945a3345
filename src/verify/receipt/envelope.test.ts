import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newKeys, receiptOf } from '../../../test/support/verify/verify-receipt.ts';
import { isSignedBy, keyId, signStatement, type LogStatement } from '../../bottle/log/signature.ts';
import { openEnvelope, preAuthEncoding, sealEnvelope } from './envelope.ts';
import { runs } from '../../../test/support/runs.ts';

const { privateKey, publicKey } = newKeys();
const RECEIPT = receiptOf(privateKey);
const PAYLOAD = Buffer.from('{"a":1}');
const SEALED = sealEnvelope(PAYLOAD, privateKey);

const sealOf = (text: string, key: KeyObject | undefined = publicKey): string => openEnvelope(text, key).seal;
const isRefused = (text: string): boolean => ['invalid', 'malformed'].includes(sealOf(text));

interface Form {
  payloadType: string;
  payload: string;
  signatures: [{ keyid: string; publicKey: string; sig: string }];
}
const formOf = (text: string): Form => JSON.parse(text) as Form;
const write = (form: unknown): string => `${JSON.stringify(form, null, 2)}\n`;
const withSignature = (text: string, more: Partial<Form['signatures'][0]>): string => {
  const form = formOf(text);
  return write({ ...form, signatures: [{ ...form.signatures[0], ...more }] });
};

test("the signed bytes are those of the specification's example", () => {
  expect(preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  );
});

test('a sealed text opens with its key, unchanged', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (payload) => {
      const opened = openEnvelope(sealEnvelope(payload, privateKey), publicKey);
      const key = keyId(publicKey);
      expect(opened).toEqual({ seal: 'expected', key, payload: Buffer.from(payload) });
    }),
  );
});

test('another key is told apart from a change, and reveals nothing of the content', () => {
  const other = newKeys();
  const theirs = { seal: 'other', key: keyId(other.publicKey) };
  expect(openEnvelope(receiptOf(other.privateKey), publicKey)).toEqual(theirs);
  expect(openEnvelope(receiptOf(other.privateKey), undefined)).toEqual(theirs);
});

describe('envelopes that are refused', () => {
  // Another letter, the same letter in the other case, and a byte outside ASCII.
  test.each([
    ['a small one', SEALED, [0x01, 0x20, 0x80]],
    ['a receipt', RECEIPT, [0x01]],
  ])('an envelope with any one changed byte is refused: %s', (_, text, masks) => {
    const bytes = Buffer.from(text);
    const passed: string[] = [];
    // `npm test` changes every byte; `npm run check` every tenth, from a random start.
    const step = Math.round(100 / runs(100));
    for (let at = Math.floor(Math.random() * step); at < bytes.length; at += step) {
      const before = bytes[at] ?? 0;
      for (const mask of masks) {
        bytes[at] = before ^ mask;
        if (!isRefused(bytes.toString())) passed.push(`${at} ^ ${mask}`);
      }
      bytes[at] = before;
    }
    expect({ passed, restored: sealOf(bytes.toString()) }).toEqual({ passed: [], restored: 'expected' });
  });

  test('an envelope with any flipped bits is refused', () => {
    const flip = fc.tuple(fc.nat(RECEIPT.length - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(fc.uniqueArray(flip, { minLength: 1, maxLength: 4, selector: ([at]) => at }), (flips) => {
        const bytes = Buffer.from(RECEIPT);
        for (const [at, mask] of flips) bytes[at] = (bytes[at] ?? 0) ^ mask;
        expect(isRefused(bytes.toString())).toBe(true);
      }),
      { numRuns: runs(500) },
    );
  });

  test('an envelope that is truncated anywhere is refused', () => {
    const place = fc.nat(RECEIPT.length);
    fc.assert(
      fc.property(place, place, (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        fc.pre(from !== to);
        const texts = [RECEIPT.slice(0, from) + RECEIPT.slice(to)];
        if (to - from < RECEIPT.length) texts.push(RECEIPT.slice(from, to));
        expect(texts.every(isRefused)).toBe(true);
      }),
      { numRuns: runs(500) },
    );
  });

  test('an envelope made of two whole ones is refused', () => {
    const another = sealEnvelope(Buffer.from('{"a":2}'), privateKey);
    const theirs = sealEnvelope(PAYLOAD, newKeys().privateKey);
    const place = fc.nat(SEALED.length);
    fc.assert(
      fc.property(fc.constantFrom(another, theirs), place, place, (second, head, tail) => {
        const spliced = SEALED.slice(0, head) + second.slice(tail);
        fc.pre(spliced !== SEALED && spliced !== second);
        expect(isRefused(spliced)).toBe(true);
      }),
      { numRuns: runs(500) },
    );
    const payload = formOf(another).payload;
    expect(sealOf(write({ ...formOf(SEALED), payload }))).toBe('invalid');
    expect(sealOf(withSignature(SEALED, formOf(theirs).signatures[0]))).toBe('other');
  });

  test('an envelope with a duplicate member is refused, whichever counts', () => {
    const members = ['payloadType', 'payload', 'keyid', 'publicKey', 'sig'];
    fc.assert(
      fc.property(fc.constantFrom(...members), fc.string(), fc.boolean(), (name, value, isFirst) => {
        const line = new RegExp(`^( *"${name}": "[^"]*")`, 'm');
        const extra = `${JSON.stringify(name)}: ${JSON.stringify(value)}`;
        const twice = SEALED.replace(line, (found) =>
          isFirst ? `${extra},\n${found}` : `${found},\n${extra}`,
        );
        expect([twice === SEALED, sealOf(twice)]).toEqual([false, 'malformed']);
      }),
    );
  });

  test.each<[string, string]>([
    ['more members', write({ ...formOf(SEALED), more: 1 })],
    ['a prototype', SEALED.replace('{', '{"__proto__": {},')],
    ['more members of a signature', withSignature(SEALED, { more: 1 } as object)],
    ['two signatures', write({ ...formOf(SEALED), signatures: Array(2).fill(formOf(SEALED).signatures[0]) })],
    ['no signature', write({ ...formOf(SEALED), signatures: [] })],
    ['another type', write({ ...formOf(SEALED), payloadType: 'application/json' })],
    ['no white space', JSON.stringify(formOf(SEALED))],
    ['other line ends', SEALED.replaceAll('\n', '\r\n')],
    ['more lines', `${SEALED}\n`],
    ['something after it', `${SEALED}{}`],
    ['a byte order mark', `\uFEFF${SEALED}`],
    ['an escaped letter', SEALED.replace('"sig"', String.raw`"\u0073ig"`)],
    ['an escaped slash', SEALED.replace('application/', String.raw`application\/`)],
    ['the other base64', SEALED.replaceAll('=', '')],
    ['bits of base64 that mean nothing', SEALED.replace('"eyJhIjoxfQ=="', '"eyJhIjoxfR=="')],
    ['deep nesting', '['.repeat(1_000_000)],
    ['nothing', ''],
    ['null', 'null'],
  ])('an envelope is refused: %s', (_, text) => {
    expect([text === SEALED, sealOf(text)]).toEqual([false, 'malformed']);
  });

  test('any text is refused without an exception', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), isRefused));
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const prefix = Buffer.from('302a300506032b6570032100', 'hex');
    fc.assert(
      fc.property(key, fc.uint8Array({ maxLength: 80 }), (point, sig) => {
        const der = Buffer.concat([prefix, point]);
        const keyid = `SHA256:${createHash('sha256').update(der).digest('base64url')}`;
        const named = { keyid, publicKey: der.toString('base64'), sig: Buffer.from(sig).toString('base64') };
        expect(['invalid', 'other']).toContain(sealOf(withSignature(SEALED, named)));
      }),
    );
  });

  test('the other form of the same signature is refused (RFC 8032, 8.4)', () => {
    // S + L, which a careless verifier accepts as S.
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const sig = Buffer.from(formOf(SEALED).signatures[0].sig, 'base64');
    const scalar = BigInt(`0x${Buffer.from(sig.subarray(32).toReversed()).toString('hex')}`) + order;
    const other = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').toReversed();
    const malleated = Buffer.concat([sig.subarray(0, 32), other]).toString('base64');
    expect(sealOf(withSignature(SEALED, { sig: malleated }))).toBe('invalid');
  });

  test('a key of another kind is refused', () => {
    const { privateKey: rsa, publicKey: pem } = generateKeyPairSync('rsa', { modulusLength: 512 });
    const der = pem.export({ type: 'spki', format: 'der' }).toString('base64');
    expect(sealOf(withSignature(SEALED, { keyid: keyId(pem), publicKey: der }))).toBe('malformed');
    expect(() => sealEnvelope(PAYLOAD, rsa)).toThrow('none of Ed25519');
  });
});

describe('signatures for two purposes', () => {
  const text = fc.oneof(fc.string(), fc.constant(preAuthEncoding('x', PAYLOAD).toString()));
  const statement: fc.Arbitrary<LogStatement> = fc.record({
    bottle: text,
    lines: fc.nat(),
    hash: text,
    receipt: fc.option(text),
    signedAt: text,
  });

  test("a log's signature seals no receipt, whatever the log contains", () => {
    fc.assert(
      fc.property(statement, (said) => {
        const { bottle, lines, hash, receipt, signedAt, signature } = signStatement(said, privateKey);
        const sig = Buffer.from(signature, 'base64url').toString('base64');
        const bytes = JSON.stringify(['bot-bottle audit log 1', bottle, lines, hash, receipt, signedAt]);
        const form = formOf(withSignature(SEALED, { sig }));
        const payloads = [bytes, bottle, hash, ''].map((each) => Buffer.from(each).toString('base64'));
        for (const payload of payloads) expect(sealOf(write({ ...form, payload }))).toBe('invalid');
      }),
    );
  });

  test("a receipt's signature signs no log", () => {
    fc.assert(
      fc.property(statement, (said) => {
        const payloads = [
          JSON.stringify(said),
          JSON.stringify(['bot-bottle audit log 1', ...Object.values(said)]),
        ];
        for (const payload of payloads) {
          const { sig } = formOf(sealEnvelope(Buffer.from(payload), privateKey)).signatures[0];
          const signature = Buffer.from(sig, 'base64').toString('base64url');
          expect(isSignedBy({ ...said, version: 1, key: keyId(publicKey), signature }, publicKey)).toBe(
            false,
          );
        }
      }),
    );
  });

  test('a bare signature of the payload, or of another type, seals no receipt', () => {
    const signed = [PAYLOAD, preAuthEncoding('application/json', PAYLOAD), randomBytes(9)];
    const seals = signed.map((bytes) =>
      sealOf(withSignature(SEALED, { sig: sign(null, bytes, privateKey).toString('base64') })),
    );
    expect(seals).toEqual(['invalid', 'invalid', 'invalid']);
  });
});
