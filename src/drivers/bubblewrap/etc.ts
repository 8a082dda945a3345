import { GUEST, LOOPBACK_GATEWAY } from '../driver.ts';

/**
 * The bottle's /etc: a few files of the bottle, and those of the host's files that programs need and that reveal
 * nothing.
 */

/** The bottle's own files, by guest path. */
export const OWN_FILES: Readonly<Record<string, string>> = {
  '/etc/passwd': [
    'root:x:0:0:root:/root:/usr/sbin/nologin',
    `${GUEST.user}:x:${GUEST.uid}:${GUEST.gid}:${GUEST.user}:${GUEST.home}:/bin/bash`,
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
    '',
  ].join('\n'),
  '/etc/group': ['root:x:0:', `${GUEST.user}:x:${GUEST.gid}:`, 'nogroup:x:65534:', ''].join('\n'),
  '/etc/hosts': ['127.0.0.1 localhost bottle', '::1 localhost', ''].join('\n'),
  '/etc/hostname': 'bottle\n',
  '/etc/resolv.conf': `nameserver ${LOOPBACK_GATEWAY}\n`,
  // The host's file may name services that a bottle lacks: resolved, sssd, nscd.
  '/etc/nsswitch.conf': ['passwd: files', 'group: files', 'hosts: files dns', ''].join('\n'),
};

/**
 * The files that Debian's Java needs to start, by version; other files of the same folder may hold passwords for its
 * management.
 */
const JAVA_FILES = [11, 17, 21, 25].flatMap((version) =>
  ['security', 'jvm-amd64.cfg', 'jvm-arm64.cfg'].map((name) => `/etc/java-${version}-openjdk/${name}`),
);

/**
 * Files and folders without which certain programs fail or lose half of their features. Excludes files that
 * administrators edit, who may have written a password there: from Chromium's folder only a file that keeps it from
 * being empty, for PHP nothing.
 */
const PROGRAMS_FILES = [
  '/etc/chromium.d/README',
  '/etc/fonts',
  '/etc/maven/m2.conf',
  '/etc/maven/logging',
  ...['Makeconf', 'Renviron', 'ldpaths', 'repositories'].map((name) => `/etc/R/${name}`),
];

/**
 * Files and folders of the host's /etc, at the same paths: public certificates (never /etc/ssl/private or
 * /etc/pki/tls/private), files for the dynamic linker and Debian's alternatives, time zone, terminal descriptions,
 * well-known numbers. Excludes files that may hold a token: npmrc, pip.conf, gitconfig, Maven's settings.xml.
 */
export const HOST_FILES: readonly string[] = [
  '/etc/ssl/certs',
  '/etc/ssl/cert.pem',
  '/etc/ssl/openssl.cnf',
  '/etc/ca-certificates/extracted',
  '/etc/pki/ca-trust/extracted',
  '/etc/pki/tls/certs',
  '/etc/pki/tls/cert.pem',
  '/etc/pki/tls/openssl.cnf',
  '/etc/crypto-policies',
  '/etc/alternatives',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/localtime',
  '/etc/os-release',
  '/etc/debian_version',
  '/etc/terminfo',
  '/etc/inputrc',
  '/etc/bash.bashrc',
  '/etc/mime.types',
  '/etc/protocols',
  '/etc/services',
  ...JAVA_FILES,
  ...PROGRAMS_FILES,
];
