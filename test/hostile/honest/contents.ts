import { createHash } from 'node:crypto';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { latin1, noise } from './row.ts';

/** Contents that ordinary programs upload, with values that look like secrets but are none (L2). */

const each = (count: number, line: (index: number) => string, joint = '\n'): string =>
  Array.from({ length: count }, (_, index) => line(index)).join(joint);
const digest = (kind: 'sha1' | 'sha256' | 'sha512' | 'md5', seed: unknown): Buffer =>
  createHash(kind).update(String(seed)).digest();
const hex = (kind: 'sha1' | 'sha256' | 'md5', seed: unknown): string => digest(kind, seed).toString('hex');
const uuid = (seed: unknown): string => hex('md5', seed).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

const lockfile = JSON.stringify(
  {
    lockfileVersion: 3,
    packages: Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [
        `node_modules/part-${index}`,
        { version: `1.${index}.0`, integrity: `sha512-${digest('sha512', index).toString('base64')}` },
      ]),
    ),
  },
  null,
  2,
);
const code = each(400, (index) => `function part${index}(a, b) { return a ${'+-*'[index % 3] ?? '+'} b; }`);
const prose = each(
  2_000,
  (index) => `Sentence ${index} says little, and says it in words that everybody knows. `,
  '',
);

/** Contents by name, in Latin-1. */
export const CONTENTS: Readonly<Record<string, string>> = {
  'package-lock.json': lockfile,
  'yarn.lock': each(
    100,
    (index) =>
      `"part-${index}@^1.0.0":\n  version "1.0.${index}"\n  integrity sha512-${digest('sha512', index).toString('base64')}\n`,
  ),
  'pnpm-lock.yaml': each(
    100,
    (index) =>
      `  /part-${index}@1.0.0:\n    resolution: {integrity: sha512-${digest('sha512', `p${index}`).toString('base64')}}`,
  ),
  'Cargo.lock': each(
    100,
    (index) =>
      `[[package]]\nname = "part-${index}"\nversion = "0.${index}.0"\nchecksum = "${hex('sha256', index)}"\n`,
  ),
  'go.sum': each(
    100,
    (index) => `example.org/part${index} v1.${index}.0 h1:${digest('sha256', index).toString('base64')}`,
  ),
  'requirements with hashes': each(
    100,
    (index) => `part${index}==1.${index} --hash=sha256:${hex('sha256', `r${index}`)}`,
  ),
  UUIDs: each(500, uuid),
  'commit ids': each(300, (index) => `${hex('sha1', index)} Commit ${index}`),
  'MD5 sums': each(300, (index) => `${hex('md5', index)}  file-${index}.txt`),
  'subresource integrity': each(
    50,
    (index) =>
      `<script src="a${index}.js" integrity="sha384-${noise(`sri${index}`, 48).toString('base64')}"></script>`,
  ),
  'an image in base64': JSON.stringify({
    image: `data:image/png;base64,${noise('png', 60_000).toString('base64')}`,
  }),
  'an image in base64 lines': noise('mime', 20_000).toString('base64').replace(/.{76}/g, '$&\r\n'),
  'a hex dump': each(
    400,
    (index) =>
      `${(index * 16).toString(16).padStart(8, '0')}  ${(noise(`x${index}`, 16).toString('hex').match(/../g) ?? []).join(' ')}`,
  ),
  'minified code': code.replaceAll('\n', '').replaceAll(' ', ''),
  code,
  'a source map': JSON.stringify({
    version: 3,
    sources: ['a.ts'],
    mappings: each(3_000, (index) => 'ACEGIKMOQSUWY'.slice(index % 9, (index % 9) + 4), ','),
  }),
  'a diff': each(
    200,
    (index) => `@@ -${index},3 +${index},3 @@\n-old line ${index}\n+new line ${index}\n same`,
  ),
  'a certificate': `-----BEGIN CERTIFICATE-----\n${noise('cert', 900).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  'an SSH public key': `ssh-ed25519 ${Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from('ssh-ed25519'), noise('ssh', 36)]).toString('base64')} me@example.org\n`,
  'an SVG': `<svg xmlns="http://www.w3.org/2000/svg"><path d="${each(2_000, (index) => `L${index % 97}.${index % 89} ${index % 83}`, ' ')}"/></svg>`,
  'numbers of an embedding': JSON.stringify({
    embedding: Array.from(noise('e', 1_536), (byte) => byte / 255),
  }),
  JSON: JSON.stringify({
    list: Array.from({ length: 300 }, (_, id) => ({ id, name: `name ${id}`, tags: ['a', 'b'] })),
  }),
  'JSON escapes': JSON.stringify({ text: 'caf\u00e9 \u2603 \ud83d\ude00' }).replace(
    /[^ -~]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  ),
  'lines of JSON': each(200, (index) => JSON.stringify({ index, id: uuid(`n${index}`) })),
  CSV: each(500, (index) => `${index},${uuid(`c${index}`)},${index * 7}.50,"a, b"`),
  XML: `<?xml version="1.0"?><list>${each(300, (index) => `<item id="${index}">text &amp; more</item>`, '')}</list>`,
  YAML: each(300, (index) => `- name: job-${index}\n  run: make -j ${index}`),
  'passwords in code': each(
    50,
    (index) =>
      `const db${index} = { user: "app", password: "postgres" };\nlogin({ "password": "required", resetPassword: "resetPassword" });`,
  ),
  'a prompt with passwords': JSON.stringify({
    messages: [
      { role: 'user', content: 'Why is { "password": "wrong-password" } refused?' },
      { role: 'user', content: '<add key="Password" value="as in every example" />' },
      { role: 'user', content: JSON.stringify({ KeyStorePassword: 'ExamplePassword' }) },
    ],
  }),
  'a compose file': each(
    20,
    (index) =>
      `  db${index}:\n    image: postgres:16-alpine\n    environment:\n      POSTGRES_PASSWORD: "postgres"\n      MYSQL_ROOT_PASSWORD: "root-password"`,
  ),
  'ids of services': each(
    50,
    (index) =>
      `HEROKU_RELEASE_ID: ${uuid(`h${index}`)}\ndiscord_guild = ${String(index).padStart(18, '1234567890')}\nADOBE_CLIENT_ID=${hex('md5', `a${index}`)}`,
  ),
  'prose about services': each(
    50,
    () =>
      'Files are kept in Dropbox, troubleshooting is hard. On LinkedIn, implementation matters; on Confluent, misconfiguration.',
  ),
  SQL: each(200, (index) => `INSERT INTO t VALUES (${index}, '${uuid(`s${index}`)}');`),
  'log lines': each(
    300,
    (index) =>
      `2026-01-02T03:04:05.${String(index).padStart(3, '0')}Z INFO request=${uuid(`l${index}`)} 2001:db8::${index.toString(16)} 200`,
  ),
  'many languages': latin1(
    'Größe, façade, señor, Ελλάδα, Москва, 日本語, 한국어, עברית, हिन्दी, ไทย 🙂 '.repeat(100),
  ),
  'a prompt of 200 KB': JSON.stringify({
    model: 'm',
    messages: [{ role: 'user', content: prose + code + lockfile + prose }],
  }),
  'a long line': 'a'.repeat(100_000),
  zeros: '\0'.repeat(100_000),
  'random bytes': latin1(noise('bytes', 100_000)),
  'a form': each(100, (index) => `field${index}=${encodeURIComponent(`värde ${index} & more`)}`, '&'),
  'gzip of a lockfile': latin1(gzipSync(lockfile)),
  'a zip': latin1(Buffer.concat([Buffer.from('PK\x03\x04\x14\0\0\0\x08\0'), noise('zip', 5_000)])),
  'a git pack': latin1(
    Buffer.concat([
      Buffer.from('PACK\0\0\0\x02\0\0\0\x14'),
      ...Array.from({ length: 20 }, (_, index) => deflateSync(`blob ${index} ${prose.slice(index, 900)}`)),
      noise('pack', 20),
    ]),
  ),
  protobuf: latin1(
    Buffer.concat(
      Array.from({ length: 100 }, (_, index) => Buffer.from([8, index, 18, 5, 104, 101, 108, 108, 111])),
    ),
  ),
};

/** Contents in a coding that the request announces. */
export const CODED: Readonly<Record<string, string>> = {
  gzip: latin1(gzipSync(prose)),
  deflate: latin1(deflateSync(prose)),
  br: latin1(brotliCompressSync(prose)),
  'x-gzip': latin1(gzipSync(lockfile)),
};
