import { gzipSync } from 'node:zlib';
import type { Send } from '../family.ts';
import { opened, type Request1 } from '../http1.ts';
import type { Row } from '../row.ts';
import { HOSTS } from '../rules.ts';
import { honest, latin1, whole } from './row.ts';

/** Requests of package managers to registries. */

const to = (target: string, ...lines: readonly string[]): Send => opened(HOSTS.old, { target, lines });
const send = (method: string, target: string, more: Request1): Send =>
  opened(HOSTS.old, { method, target, ...more });
const agent = (name: string): string => `User-Agent: ${name}`;

const packed = latin1(gzipSync(JSON.stringify({ lodash: ['4.17.20'], minimist: ['1.2.5'] })));

export const PACKAGES: readonly Row[] = honest('old', [
  [
    'npm: metadata',
    'npm install',
    to(
      '/NONCE/lodash',
      agent('npm/10.8.2 node/v20.20.2 linux x64 workspaces/false'),
      'Accept: application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*',
      'npm-command: install',
      'pacote-version: 18.0.6',
      'pacote-req-type: packument',
      'pacote-pkg-id: registry:lodash',
      'Accept-Encoding: gzip,deflate',
    ),
  ],
  [
    'npm: metadata of a scope',
    'npm install',
    to('/NONCE/@babel%2fcore', 'Accept: application/vnd.npm.install-v1+json', 'npm-scope: @babel'),
  ],
  [
    'npm: a tarball',
    'npm install',
    to(
      '/NONCE/lodash/-/lodash-4.17.21.tgz',
      'pacote-integrity: sha512-v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z1O3vE1krgXZNrsQ+LFTGHVxVjcXPs17LhbZVGedAJv8XZ1tvj5FvSg==',
    ),
  ],
  ['npm: a tarball of a scope', 'npm install', to('/NONCE/@types/node/-/node-20.19.43.tgz')],
  [
    'npm: advisories',
    'npm audit',
    send('POST', '/NONCE/-/npm/v1/security/advisories/bulk', {
      lines: ['Content-Type: application/json', 'Content-Encoding: gzip'],
      body: packed,
    }),
    whole(packed),
  ],
  [
    'npm: a search',
    'npm search',
    to('/-/v1/search?text=NONCE&size=20&from=0&quality=0.65&popularity=0.98&maintenance=0.5'),
  ],
  [
    'npm: not changed',
    'npm install',
    to('/NONCE/react', 'If-None-Match: W/"5f9a8c1e0b7d4e3f2a1b0c9d8e7f6a5b"'),
  ],
  ['yarn: metadata', 'yarn add', to('/NONCE/left-pad', agent('yarn/1.22.22 npm/? node/v20.20.2 linux x64'))],
  [
    'pip: an index',
    'pip install',
    to(
      '/simple/NONCE/',
      agent(
        'pip/24.0 {"ci":null,"cpu":"x86_64","distro":{"name":"Debian"},"installer":{"name":"pip","version":"24.0"}}',
      ),
      'Accept: application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01',
      'Cache-Control: max-age=0',
    ),
  ],
  [
    'pip: a wheel',
    'pip install',
    to(
      '/packages/ab/cd/ef0123456789abcdef0123456789abcdef0123456789abcdef0123456789/NONCE-1.0-py3-none-any.whl',
      'Accept-Encoding: identity',
    ),
  ],
  [
    'pip: the end of a wheel',
    'pip install',
    to('/packages/NONCE-1.0-py3-none-any.whl', 'Range: bytes=-8192'),
  ],
  ['pip: metadata of a wheel', 'pip install', to('/packages/NONCE-1.0-py3-none-any.whl.metadata')],
  [
    'uv: an index',
    'uv pip',
    to(
      '/simple/NONCE/',
      agent('uv/0.5.9 {"installer":{"name":"uv"}}'),
      'Accept: application/vnd.pypi.simple.v1+json',
    ),
  ],
  [
    'cargo: an index',
    'cargo build',
    to(
      '/se/rd/serde?NONCE',
      agent('cargo/1.83.0 (5ffbef321 2024-10-29)'),
      'cargo-protocol: version=1',
      'If-None-Match: "1f2e3d4c5b6a79880f1e2d3c4b5a6978"',
    ),
  ],
  ['cargo: a crate', 'cargo build', to('/crates/serde/NONCE/download')],
  ['go: versions', 'go get', to('/NONCE/github.com/!burnt!sushi/toml/@v/list', agent('Go-http-client/1.1'))],
  ['go: a module', 'go get', to('/NONCE/golang.org/x/text/@v/v0.21.0.zip')],
  ['go: the newest', 'go get', to('/NONCE/example.org/part/@latest')],
  ['go: checksums', 'go get', to('/lookup/golang.org/x/text@v0.21.0?NONCE')],
  [
    'maven: a project',
    'mvn',
    to('/maven2/org/example/NONCE/1.0/part-1.0.pom', agent('Apache-Maven/3.9.9 (Java 21.0.5; Linux)')),
  ],
  ['maven: a checksum', 'mvn', to('/maven2/org/example/NONCE/1.0/part-1.0.jar.sha1')],
  ['gradle: metadata', 'gradle', send('HEAD', '/maven2/org/example/NONCE/maven-metadata.xml', {})],
  [
    'apt: a release',
    'apt-get update',
    to(
      '/debian/dists/stable/InRelease?NONCE',
      agent('Debian APT-HTTP/1.3 (2.9.8)'),
      'Accept: text/*',
      'If-Modified-Since: Sat, 09 Nov 2024 10:10:00 GMT',
    ),
  ],
  [
    'apt: by hash',
    'apt-get update',
    to(`/debian/dists/stable/main/binary-amd64/by-hash/SHA256/${'0123456789abcdef'.repeat(4)}?NONCE`),
  ],
  [
    'apt: go on',
    'apt-get install',
    to('/debian/pool/main/c/curl/NONCE_8.11.0-1%2bb1_amd64.deb', 'Range: bytes=1024-', 'If-Range: "ab12"'),
  ],
  [
    'gem: versions',
    'gem install',
    to(
      '/info/NONCE',
      agent('Ruby, RubyGems/3.5.22 x86_64-linux Ruby/3.3.6'),
      'If-None-Match: "d41d8cd98f00b204e9800998ecf8427e"',
    ),
  ],
  [
    'composer: a package',
    'composer install',
    to('/p2/vendor/NONCE.json', agent('Composer/2.8.3 (Linux; PHP 8.3.14)')),
  ],
  [
    'registry: a manifest',
    'docker pull',
    to(
      '/v2/library/NONCE/manifests/latest',
      'Accept: application/vnd.oci.image.index.v1+json',
      'Accept: application/vnd.docker.distribution.manifest.list.v2+json',
    ),
  ],
  ['registry: a blob', 'docker pull', to(`/v2/library/NONCE/blobs/sha256:${'0123456789abcdef'.repeat(4)}`)],
]);
