import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, afterEach, beforeEach } from 'vitest';
import { allowedAt, endedAt, isSignedBy, beginningOf, MOST_READ_BYTES } from './observe.ts';
import { authorityCertificate } from '../../gateway/tls/authority/certificate.ts';

const line = (host: string, more: { verdict?: 'deny'; port?: number } = {}) =>
  ({ verdict: 'allow', host, port: 4711, via: 'connect', ...more }) as const;

test('requests that the gateway allowed to these hosts are reported once each, without brackets', () => {
  const lines = [line('169.254.169.254'), line('169.254.169.254'), line('[fd00:ec2::254]'), line('a.test')];
  expect(allowedAt(lines, ['169.254.169.254', 'fd00:ec2::254'], 4711)).toEqual([
    '169.254.169.254 was allowed by the gateway (connect)',
    '[fd00:ec2::254] was allowed by the gateway (connect)',
  ]);
});

test("refused requests, and those to ports of a user's rule, are not reported", () => {
  const lines = [line('169.254.169.254', { verdict: 'deny' }), line('169.254.169.254', { port: 80 })];
  expect(allowedAt(lines, ['169.254.169.254'], 4711)).toEqual([]);
});

describe('a program that was killed', () => {
  const control = { kind: 'control', control: 'x', ok: true, said: '' } as const;

  test('a program was killed by the attempt whose control it printed last', () => {
    expect(endedAt({ id: 'x' }, [control])).toBe('the program that made it was ended');
  });

  test('a program that printed more was not killed by that attempt', () => {
    expect(endedAt({ id: 'x' }, [control, { kind: 'done' }])).toBeUndefined();
    expect(endedAt({ id: 'x' }, [control, { ...control, control: 'y' }])).toBeUndefined();
    expect(endedAt({ id: 'x' }, [{ ...control, ok: false }])).toBeUndefined();
    expect(endedAt({ id: 'x' }, [])).toBeUndefined();
  });
});

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keys = newKeys();
const certificate = authorityCertificate({
  ...keys,
  commonName: 'bot-bottle test',
  constraints: { names: [], addresses: [] },
  notBefore: new Date(Date.now() - 60_000),
  notAfter: new Date(Date.now() + 60_000),
});
const signed = (word: string, key: KeyObject): string => {
  const signature = sign('sha256', Buffer.from(word), key).toString('base64');
  return JSON.stringify({ attempt: 'ca-key', met: `signed: ${signature}` });
};

test("a text signed with the authority's key is a success", () => {
  const said = `${signed('word', newKeys().privateKey)}\n${signed('word', keys.privateKey)}\n`;
  expect(isSignedBy(certificate, 'word', said)).toBe(true);
});

test.each([
  ['nothing', ''],
  ['another key', signed('word', newKeys().privateKey)],
  ['another word', signed('other', keys.privateKey)],
  ['what is no signature', 'A'.repeat(96)],
  ['the certificate itself', certificate.replaceAll('\n', '')],
])('%s signs nothing', (_, said) => {
  expect(isSignedBy(certificate, 'word', said)).toBe(false);
});

describe('reading the beginning of a file', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'beginning-'));
    writeFileSync(at('file'), 'text');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('a small file is read whole', async () => {
    expect(await beginningOf(at('file'))).toBe('text');
  });

  test('the beginning of a large file is read', async () => {
    truncateSync(at('file'), 1024 ** 4); // sparse, so it uses no disk space
    const text = await beginningOf(at('file'));
    expect(text.slice(0, 4)).toBe('text');
    expect(text).toHaveLength(MOST_READ_BYTES);
  });

  test.each<[string, (path: string) => void]>([
    ['a link', (path) => symlinkSync('file', path)],
    ['a pipe that nobody writes to', (path) => void execFileSync('mkfifo', [path])],
    ['a folder', (path) => mkdirSync(path)],
    ['a link to a device without an end', (path) => symlinkSync('/dev/zero', path)],
    ['nothing', () => undefined],
  ])('nothing is read of %s', async (_what, make) => {
    make(at('other'));
    expect(await beginningOf(at('other'))).toBe('');
  });
});
