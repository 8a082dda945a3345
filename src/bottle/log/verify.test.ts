import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CHAIN_START, linkLine, type ChainHead } from '../../gateway/audit/chain.ts';
import { stateDir } from '../../host/paths.ts';
import { bottlePaths } from '../state/store.ts';
import { isSignedBy, keyId, parseSignature, signStatement, type LogStatement } from './signature.ts';
import { publicKey, publicKeyForOthers, readPublicKey, signingKey, signLog } from './signing-key.ts';
import { verifyLog, type LogVerdict, type Unsigned } from './verify.ts';

const ID = 'fixer-1a2b3c4d';
const BY_LAUNCHER = { launcherLost: false };
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'bot-bottle-verify-'));
  vi.stubEnv('XDG_STATE_HOME', home);
  mkdirSync(bottlePaths(ID).auditDir, { recursive: true });
  writeFileSync(bottlePaths(ID).receiptPath, '{"id":"fixer-1a2b3c4d"}\n');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

function logOf(count: number, word = 'host'): string {
  let head: ChainHead = CHAIN_START;
  const texts = Array.from({ length: count }, (_, index) => {
    const link = linkLine(head, `{"bottle":"${ID}","host":"${word}${index}.test"`);
    head = link;
    return link.text;
  });
  return texts.join('');
}
const writeLog = (text: string): void => writeFileSync(bottlePaths(ID).auditPath, text);
const readLog = (): string => readFileSync(bottlePaths(ID).auditPath, 'utf8');

async function verify(
  unsigned: Unsigned = 'ended',
  of: { bottle?: string } = { bottle: ID },
): Promise<LogVerdict> {
  const place = { ...bottlePaths(ID), bottle: of.bottle };
  return await verifyLog(place, { key: await publicKey(), unsigned });
}
const broken = async (): Promise<unknown> => {
  const { intact, breaks, faults } = await verify();
  return { intact, lines: breaks.map(({ line, kind }) => `${line} ${kind}`), faults };
};

describe('a signed log', () => {
  beforeEach(async () => {
    writeLog(logOf(5));
    await signLog(ID, BY_LAUNCHER);
  });

  test('a signed log is intact, and names its signer', async () => {
    const { key } = await publicKeyForOthers();
    expect(await verify()).toMatchObject({ intact: true, signed: true, lines: 5, key, limits: [] });
  });

  test('a signed log without its end is reported as truncated at its last line', async () => {
    writeLog(readLog().split('\n').slice(0, 3).join('\n').concat('\n'));
    expect(await broken()).toEqual({ intact: false, lines: ['4 cut'], faults: [] });
  });

  test('an empty signed log is reported as truncated at its first line', async () => {
    writeLog('');
    expect(await broken()).toEqual({ intact: false, lines: ['1 cut'], faults: [] });
  });

  test('a signed log with more lines is reported as changed behind its end', async () => {
    writeLog(logOf(6));
    expect(await broken()).toEqual({ intact: false, lines: ['6 changed'], faults: [] });
  });

  test('a signed log that was rewritten as a valid chain is not the signed one', async () => {
    writeLog(logOf(5, 'other'));
    expect(await broken()).toEqual({ intact: false, lines: ['5 changed'], faults: [] });
  });

  test('a signed log with another receipt, or none, is not intact', async () => {
    writeFileSync(bottlePaths(ID).receiptPath, '{}');
    expect(await broken()).toEqual({ intact: false, lines: [], faults: ['the receipt was changed'] });
    rmSync(bottlePaths(ID).receiptPath);
    expect(await broken()).toEqual({ intact: false, lines: [], faults: ['the receipt is missing'] });
    // A copy of the log without its receipt is not a fault.
    expect(await verify('copy', {})).toMatchObject({ intact: true, bottle: ID });
  });

  test('a signed log of another bottle is not intact', async () => {
    expect(await verify('ended', { bottle: 'other-00000000' })).toMatchObject({
      intact: false,
      faults: [expect.stringContaining('another bottle')],
    });
  });

  test('a signed log is not signed again after a change', async () => {
    const before = readFileSync(bottlePaths(ID).signaturePath, 'utf8');
    writeLog(logOf(2));
    await signLog(ID, BY_LAUNCHER);
    expect(readFileSync(bottlePaths(ID).signaturePath, 'utf8')).toBe(before);
  });

  test('a signed log whose signature is different, or from another key, is not intact', async () => {
    const signature = parseSignature(readFileSync(bottlePaths(ID).signaturePath, 'utf8'));
    const { privateKey } = generateKeyPairSync('ed25519');
    const forged = [
      'no JSON',
      JSON.stringify({ ...signature, lines: 4 }),
      JSON.stringify({ ...signature, more: 1 }),
      JSON.stringify(signature && signStatement(signature, privateKey)),
      JSON.stringify(signature && { ...signStatement(signature, privateKey), key: signature.key }),
    ];
    for (const text of forged) {
      writeFileSync(bottlePaths(ID).signaturePath, text);
      expect(await verify()).toMatchObject({ intact: false, signed: false, faults: [expect.any(String)] });
    }
  });
});

test.each([
  ['running', true],
  ['copy', true],
  ['ended', false],
] as const)('an unsigned log, %s: %s', async (unsigned, intact) => {
  writeLog(logOf(3));
  const verdict = await verify(unsigned);
  expect({ intact: verdict.intact, said: [...verdict.limits, ...verdict.faults].length }).toEqual({
    intact,
    said: 1,
  });
});

test('an unsigned log that nothing will sign is not intact, and says what is unknown', async () => {
  writeLog(logOf(3));
  expect(await verify('crashed')).toMatchObject({
    intact: false,
    launcherLost: true,
    faults: [expect.stringContaining('bot-bottle gc')],
    limits: [expect.stringContaining('cut off at its end')],
  });
});

describe('a signature', () => {
  const signatureText = (): string => readFileSync(bottlePaths(ID).signaturePath, 'utf8');
  beforeEach(() => writeLog(logOf(5)));

  test('a signature made without the launcher says so, and cannot be made to say otherwise', async () => {
    await signLog(ID, { launcherLost: true });
    expect(await verify()).toMatchObject({ intact: true, launcherLost: true, limits: [expect.any(String)] });
    const { launcherLost: _, ...without } = JSON.parse(signatureText()) as Record<string, unknown>;
    for (const forged of [without, { ...without, launcherLost: false }]) {
      writeFileSync(bottlePaths(ID).signaturePath, JSON.stringify(forged));
      expect(await verify()).toMatchObject({ intact: false, signed: false, launcherLost: null });
    }
  });

  test('a signature of a version without that fact verifies, and says so', async () => {
    await signLog(ID, BY_LAUNCHER);
    const { launcherLost: _, ...earlier } = parseSignature(signatureText()) ?? {};
    const signature = signStatement(earlier as LogStatement, await signingKey());
    writeFileSync(bottlePaths(ID).signaturePath, JSON.stringify(signature));
    expect(await verify()).toMatchObject({
      intact: true,
      signed: true,
      launcherLost: null,
      limits: [expect.stringContaining('earlier version')],
    });
  });
});

test('a line that is being written is no break while the bottle runs', async () => {
  writeLog(`${logOf(3)}{"time"`);
  expect(await verify('running')).toMatchObject({ intact: true, lines: 3 });
  expect(await verify('crashed')).toMatchObject({ intact: false, breaks: [{ line: 4 }] });
});

test('a line or signature that a crash cut off is removed before the log is signed', async () => {
  writeLog(`${logOf(3)}{"time"`);
  writeFileSync(`${bottlePaths(ID).signaturePath}.0123.tmp`, '{');
  await signLog(ID, BY_LAUNCHER);
  expect(readdirSync(bottlePaths(ID).auditDir).sort()).toEqual(['egress.jsonl', 'signature.json']);
  expect(await verify()).toMatchObject({ intact: true, signed: true, lines: 3 });
});

test('one key signs all logs, and only its owner can read it', async () => {
  const keys = await Promise.all([publicKeyForOthers(), publicKeyForOthers(), publicKeyForOthers()]);
  expect(new Set(keys.map(({ key }) => key)).size).toBe(1);
  expect(statSync(join(stateDir(), 'log-signing-key.pem')).mode & 0o777).toBe(0o600);
});

test('the public key verifies logs elsewhere, and an invalid one is refused', async () => {
  writeLog(logOf(1));
  await signLog(ID, BY_LAUNCHER);
  const path = join(home, 'public.pem');
  const { key, pem } = await publicKeyForOthers();
  writeFileSync(path, pem);
  const theirs = await readPublicKey(path);
  const signature = parseSignature(readFileSync(bottlePaths(ID).signaturePath, 'utf8'));
  expect(keyId(theirs)).toBe(key);
  expect(signature && isSignedBy(signature, theirs)).toBe(true);
  writeFileSync(path, 'nothing');
  await expect(readPublicKey(path)).rejects.toThrow('not a public key');
});
