import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createInspector } from '../../gateway/dlp/inspector.ts';
import { runOrThrow } from '../../host/run.ts';
import { valuesIn } from './values.ts';

interface Pair {
  readonly secret: string;
  readonly told: string;
}

/** Generated with ssh-keygen. */
async function pairOf(args: readonly string[]): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-keys-'));
  try {
    const path = join(folder, 'id');
    await runOrThrow('ssh-keygen', ['-q', '-C', 'me@host.example', '-f', path, ...args]);
    return { secret: readFileSync(path, 'utf8'), told: readFileSync(`${path}.pub`, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Findings in the texts while the file is protected. */
function foundIn(file: string, texts: readonly string[]): readonly string[] {
  const secrets = valuesIn('id', file).values.map((one) => ({ ...one, kind: 'secret' as const }));
  const by = createInspector({ secrets, rules: [] });
  return texts.flatMap((text) => {
    const body = by.body({ host: 'h', where: 'body', action: 'warn' });
    return [body.push(Buffer.from(text)), body.end()].flatMap(({ findings }) => findings.map(({ id }) => id));
  });
}

test.each([
  [1, ['-t', 'ed25519', '-N', '']],
  [1, ['-t', 'ecdsa', '-N', '']],
  [2, ['-t', 'ecdsa', '-b', '521', '-N', '']],
  [12, ['-t', 'rsa', '-b', '2048', '-N', '']],
  [15, ['-t', 'rsa', '-b', '2048', '-N', '', '-m', 'PEM']],
  [15, ['-t', 'rsa', '-b', '2048', '-N', '', '-m', 'PKCS8']],
  [1, ['-t', 'ecdsa', '-N', '', '-m', 'PKCS8']],
  [3, ['-t', 'ed25519', '-N', 'a passphrase', '-a', '1']],
  [20, ['-t', 'rsa', '-b', '2048', '-N', 'a passphrase', '-m', 'PKCS8']],
])("parts of the public key and of others' keys are not searched for (%s lines: %j)", async (least, args) => {
  const [own, other] = [await pairOf(args), await pairOf(args)];
  const spki = spkiOf(own);
  expect(foundIn(own.secret, [own.told, other.told, spki, other.secret])).toEqual([]);
  const lines = own.secret.trim().split('\n');
  expect(lines.filter((line) => foundIn(own.secret, [line]).length > 0).length).toBeGreaterThanOrEqual(least);
  expect(foundIn(`KEY="${lines.join(String.raw`\n`)}"`, [own.secret])).not.toEqual([]);
});

function spkiOf({ secret }: Pair): string {
  try {
    return createPublicKey(secret).export({ type: 'spki', format: 'pem' }) as string;
  } catch {
    return '';
  }
}

test.each(['pkcs8', 'sec1'] as const)('parts of a public key in %s are not searched for', (type) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const file = privateKey.export({ type, format: 'pem' }) as string;
  const told = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  expect(foundIn(file, [told])).toEqual([]);
  expect(foundIn(file, [file])).not.toEqual([]);
});

test('a certificate beside a key is public', () => {
  const block = (label: string, line: string) =>
    `-----BEGIN ${label}-----\n${line}\n-----END ${label}-----\n`;
  const certificate = 'MIIBszCCAVmgAwIBAgIUQ2x7Qm2ZpL9vTt4RkW8sNcB1yHd6UfAjE3GoVi5KxMqS';
  const text =
    block('CERTIFICATE', certificate) + block('PRIVATE KEY', 'q7Xm2ZpL9vTt4RkW8sNcB1yHd6UfAjE3GoVi');
  expect(valuesIn('server.pem', text).values.map(({ value }) => value)).toEqual([
    'q7Xm2ZpL9vTt4RkW8sNcB1yHd6UfAjE3GoVi',
  ]);
});

const PEM = generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;
const written = (breaks: string): string => PEM.trim().replaceAll('\n', breaks);

test.each<[string, string]>([
  ['in JSON', JSON.stringify({ private_key: PEM })],
  ['in JSON, escaped twice', JSON.stringify({ private_key: written(String.raw`\n`) })],
  ['in JSON, with spaces', JSON.stringify({ private_key: written(' ') })],
  ['in JSON, without breaks', JSON.stringify({ private_key: written('') })],
  ['in JSON, on one line of several', JSON.stringify({ private_key: `${written('')}\n` })],
  ['in a variable', `KEY="${written(String.raw`\n`)}"`],
  ['on one line', written(' ')],
  ['without its end', PEM.split('\n').slice(0, -2).join('\n')],
  ['behind a line about a certificate', `# -----BEGIN CERTIFICATE-----\n${PEM}`],
])('a private key is searched for %s', (_, file) => {
  expect(foundIn(file, [PEM])).not.toEqual([]);
});

test.each([
  ['about a certificate', '# -----BEGIN CERTIFICATE-----'],
  ['that begins one', '-----BEGIN CERTIFICATE-----'],
])('a line %s does not hide other parts of a file', (_, line) => {
  const { values } = valuesIn('.env', `${line}\nDB_PASSWORD=kX82mQpz41Ln\n${PEM}`);
  expect(values.map(({ value }) => value)).toContain('kX82mQpz41Ln');
  expect(values.length).toBeGreaterThan(5);
});

test('a public key in a variable is public', () => {
  const told = createPublicKey(PEM).export({ type: 'spki', format: 'pem' }) as string;
  const line = `JWT_KEY="${told.trim().replaceAll('\n', String.raw`\n`)}"`;
  expect(valuesIn('.env', line)).toEqual({ values: [], plain: [] });
  expect(valuesIn('keys.json', JSON.stringify({ key: told }))).toEqual({ values: [], plain: [] });
});
