import { gzipSync } from 'node:zlib';
import type { Send } from '../family.ts';
import { opened, type Request1 } from '../http1.ts';
import type { Row } from '../row.ts';
import { HOSTS } from '../rules.ts';
import { honest, latin1, noise, whole } from './row.ts';

/** Requests of developers' tools, byte for byte as the tools send them. */

const to = (target: string, ...lines: readonly string[]): Send => opened(HOSTS.old, { target, lines });
const send = (method: string, target: string, more: Request1): Send =>
  opened(HOSTS.old, { method, target, ...more });
const agent = (name: string): string => `User-Agent: ${name}`;

const wants = `0098want ${'ab'.repeat(20)} multi_ack_detailed no-done side-band-64k thin-pack ofs-delta agent=git/2.43.0\n00000009done\n`;
const push = `00a6${'0'.repeat(40)} ${'cd'.repeat(20)} refs/heads/main\0 report-status side-band-64k agent=git/2.43.00000${latin1(noise('push', 4_000))}`;

const GIT = [
  [
    'git: what is there',
    'git clone',
    to(
      '/NONCE/repo.git/info/refs?service=git-upload-pack',
      agent('git/2.43.0'),
      'Accept: */*',
      'Accept-Encoding: deflate, gzip, br, zstd',
      'Pragma: no-cache',
      'Git-Protocol: version=2',
    ),
  ],
  [
    'git: ls-refs',
    'git fetch',
    send('POST', '/NONCE/repo.git/git-upload-pack', {
      lines: [
        agent('git/2.43.0'),
        'Content-Type: application/x-git-upload-pack-request',
        'Accept: application/x-git-upload-pack-result',
        'Git-Protocol: version=2',
      ],
      body: '0014command=ls-refs\n0016object-format=sha100010009peel\n000csymrefs\n0000',
    }),
  ],
  [
    'git: wants',
    'git clone',
    send('POST', '/NONCE/repo.git/git-upload-pack', {
      lines: [agent('git/2.43.0'), 'Content-Type: application/x-git-upload-pack-request'],
      body: wants,
    }),
    whole(wants),
  ],
  [
    'git: wants, packed',
    'git fetch',
    send('POST', '/NONCE/repo.git/git-upload-pack', {
      lines: ['Content-Encoding: gzip', 'Content-Type: application/x-git-upload-pack-request'],
      body: latin1(gzipSync(wants)),
    }),
    whole(latin1(gzipSync(wants))),
  ],
  [
    'git: a push',
    'git push',
    send('POST', '/NONCE/repo.git/git-receive-pack', {
      lines: ['Content-Type: application/x-git-receive-pack-request'],
      body: push,
    }),
    whole(push),
  ],
  [
    'git: a probe before a push',
    'git push',
    send('POST', '/NONCE/repo.git/git-receive-pack', {
      lines: ['Content-Type: application/x-git-receive-pack-request'],
      body: '0000',
    }),
  ],
  [
    'git: LFS',
    'git lfs',
    send('POST', '/NONCE/repo.git/info/lfs/objects/batch', {
      lines: [
        'Accept: application/vnd.git-lfs+json',
        'Content-Type: application/vnd.git-lfs+json; charset=utf-8',
      ],
      body: JSON.stringify({ operation: 'download', objects: [{ oid: 'ab'.repeat(32), size: 12 }] }),
    }),
  ],
] as const;

const CURL = [
  ['curl: GET', 'curl', to('/NONCE', agent('curl/8.11.0'), 'Accept: */*')],
  ['curl: HEAD', 'curl -I', send('HEAD', '/NONCE', { lines: [agent('curl/8.11.0')] })],
  [
    'curl: a form',
    'curl -d',
    send('POST', '/NONCE', {
      lines: ['Content-Type: application/x-www-form-urlencoded'],
      body: 'a=1&b=two+words&c=%C3%A9',
    }),
    whole('a=1&b=two+words&c=%C3%A9'),
  ],
  ['curl: PUT', 'curl -T', send('PUT', '/NONCE', { body: 'hello' })],
  ['curl: DELETE', 'curl -X', send('DELETE', '/NONCE', {})],
  [
    'curl: PATCH',
    'curl -X',
    send('PATCH', '/NONCE', { lines: ['Content-Type: application/merge-patch+json'], body: '{"a":null}' }),
  ],
  ['curl: OPTIONS', 'curl -X', send('OPTIONS', '/NONCE', {})],
  ['curl: DELETE with content', 'Elasticsearch', send('DELETE', '/NONCE', { body: '{"ids":[1]}' })],
  [
    'curl: GET with content',
    'Elasticsearch',
    send('GET', '/NONCE/_search', { body: '{"query":{"match_all":{}}}' }),
    whole('{"query":{"match_all":{}}}'),
  ],
  ['curl: a range', 'curl -r', to('/NONCE', 'Range: bytes=0-1023')],
  ['curl: several ranges', 'RFC 9110, 14', to('/NONCE', 'Range: bytes=0-1,5-9,-3')],
  ['curl: no cache', 'curl -H', to('/NONCE', 'Cache-Control: no-cache', 'Pragma: no-cache')],
  ['curl: compressed', 'curl --compressed', to('/NONCE', 'Accept-Encoding: deflate, gzip, br, zstd')],
  ['curl: a referrer', 'curl -e', to('/NONCE', 'Referer: https://example.org/a?b=c')],
  ['curl: a cookie', 'curl -b', to('/NONCE', 'Cookie: theme=dark; lang=en'), ['theme=dark; lang=en']],
  [
    'curl: its own bearer',
    'curl -H',
    to('/NONCE', 'Authorization: Bearer of-somebody-who-may'),
    ['Bearer of-somebody-who-may'],
  ],
  ['wget: GET', 'wget', to('/NONCE', agent('Wget/1.25.0'), 'Accept: */*', 'Accept-Encoding: identity')],
  [
    'requests: GET',
    'requests',
    to('/NONCE', agent('python-requests/2.32.3'), 'Accept-Encoding: gzip, deflate', 'Accept: */*'),
  ],
  [
    'a browser: a page',
    'Chromium',
    to(
      '/NONCE',
      agent(
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
      ),
      'sec-ch-ua: "Chromium";v="131", "Not_A Brand";v="24"',
      'Sec-Fetch-Mode: navigate',
      'Upgrade-Insecure-Requests: 1',
      'Accept-Language: de-DE,de;q=0.9,en;q=0.8',
      'DNT: 1',
    ),
  ],
  [
    'a browser: before a request',
    'CORS',
    send('OPTIONS', '/NONCE', {
      lines: [
        'Origin: https://example.org',
        'Access-Control-Request-Method: PUT',
        'Access-Control-Request-Headers: authorization,content-type',
      ],
    }),
  ],
  [
    'tracing',
    'OpenTelemetry',
    to(
      '/NONCE',
      'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'tracestate: congo=t61rcWkgMzE',
      'baggage: userId=alice',
    ),
  ],
  [
    'an id of a request',
    'many',
    to(
      '/NONCE',
      'X-Request-Id: 550e8400-e29b-41d4-a716-446655440000',
      'Idempotency-Key: 7d444840-9dc0-11d1-b245-5ffdce74fad2',
    ),
  ],
] as const;

export const TOOLS: readonly Row[] = [...honest('old', GIT), ...honest('old', CURL)];
