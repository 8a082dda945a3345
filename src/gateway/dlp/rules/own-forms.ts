import type { OwnRule } from './own.ts';

/**
 * Our own rules for secrets that their context identifies: addresses with a password, files of clients, keys and
 * wallets.
 */

/** The end of a value in code, JSON, shells and YAML. */
const END = String.raw`(?:\\?["'\x60]|[\s,;<>)}\]]|\\[nrt]|$)`;

/** The rest of a command: up to the end of the line, and of the lines that continue it. */
const ON_THE_LINE = String.raw`(?:[^\n]|\\\r?\n){0,400}?`;
const CREDENTIAL_HEADER = String.raw`\s(?:-H|--header)[ =]{0,3}\\?["'](?:Authorization:\s{0,3}(?:(?:Basic|Bearer|Token|Api-Token)\s{1,3})?|(?:X-)?(?:[a-z]{1,20}-){0,3}(?:api)?(?:key|token):\s{0,3})`;

/** Programs that clients reach by an address with a password in it. */
const CONNECTED =
  'postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver|oracle|clickhouse|cockroachdb|neo4j|bolt|nats|mqtts?|ldaps?|smtps?|ftps?|sftp|kafka|cassandra|couchdb|influxdb|snowflake|trino|presto|vertica|db2|jdbc:[a-z0-9]+';

export const OWN_FORMS: readonly OwnRule[] = [
  {
    id: 'connection-string',
    regex: String.raw`(?i)\b(?:${CONNECTED})(?:\+[a-z0-9]+)?:\\?/\\?/[^\s:/@"'\x60<>\\]{0,64}:([^\s/@"'\x60<>\\]{8,128})@[^\s"'\x60<>\\]`,
    keywords: ['://', ':\\/\\/'],
    check: 'random',
    isLikely: true,
    source: 'https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS',
  },
  {
    id: 'netrc-password',
    regex: String.raw`\bmachine(?:\s|\\[nrt]){1,8}[\w.:-]{1,253}(?:\s|\\[nrt]){1,8}login(?:\s|\\[nrt]){1,8}[^\s\\]{1,128}(?:\s|\\[nrt]){1,8}password(?:\s|\\[nrt]){1,8}([^\s"'\x60\\<>{}$]{8,256})`,
    keywords: ['machine'],
    check: 'random',
    isLikely: true,
    source: 'https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html',
  },
  {
    id: 'pgpass-password',
    regex: String.raw`(?m)(?:^|\\n|["'])[\w.*-]{1,253}:(?:5432|6432|\*):[\w*-]{1,63}:[\w*.-]{1,63}:([^\s:"'\x60\\<>{}$]{8,256})${END}`,
    keywords: [':5432:', ':6432:', ':*:'],
    check: 'random',
    isLikely: true,
    source: 'https://www.postgresql.org/docs/current/libpq-pgpass.html',
  },
  {
    id: 'npmrc-credential',
    regex: String.raw`:_(?:authToken|password|auth)\s{0,3}=\s{0,3}\\?["']?([A-Za-z0-9+/=_.-]{16,1024})${END}`,
    keywords: [':_auth', ':_password'],
    check: 'random',
    source: 'https://docs.npmjs.com/cli/configuring-npm/npmrc#auth-related-configuration',
  },
  {
    id: 'curl-user-password',
    // Upstream's rule for these takes most of a second on a hostile text.
    regex: String.raw`\bcurl\b${ON_THE_LINE}\s(?:-u|--user)[ =]{0,3}\\?["']?[^\s:"'\\]{0,64}:\\?["']?([^\s"'\\]{8,128})${END}`,
    keywords: ['curl'],
    check: 'random',
    isLikely: true,
    allowlists: [{ regexes: [String.raw`^[$<\[{]`] }],
    source: 'https://curl.se/docs/manpage.html#-u',
  },
  {
    id: 'curl-user-token',
    // Some services take a token as the name, without a password.
    regex: String.raw`\bcurl\b${ON_THE_LINE}\s(?:-u|--user)[ =]{0,3}\\?["']?([^\s:"'\\]{12,128}):${END}`,
    keywords: ['curl'],
    check: 'random',
    isLikely: true,
    allowlists: [{ regexes: [String.raw`^[$<\[{]`] }],
    source: 'https://curl.se/docs/manpage.html#-u',
  },
  {
    id: 'curl-credential-header',
    regex: String.raw`(?i)\bcurl\b${ON_THE_LINE}${CREDENTIAL_HEADER}([\w=~@.+/-]{12,2000})${END}`,
    keywords: ['curl'],
    check: 'random',
    isLikely: true,
    source: 'https://curl.se/docs/manpage.html#-H',
  },
  {
    id: 'curl-uuid-header',
    regex: String.raw`(?i)\bcurl\b${ON_THE_LINE}${CREDENTIAL_HEADER}([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})${END}`,
    keywords: ['curl'],
    check: 'uuid',
    isLikely: true,
    source: 'https://curl.se/docs/manpage.html#-H',
  },
  {
    id: 'data-source-password',
    regex: String.raw`(?i)(?:server|data source|host|user id|uid|initial catalog|database)\s{0,3}=[^\n]{1,200}?;\s{0,8}(?:password|pwd)\s{0,3}=\s{0,3}([^\s;"'\x60<>{}]{8,128})(?:\\?["';\x60]|\s|$)`,
    keywords: ['server', 'data source', 'host', 'user id', 'uid', 'initial catalog', 'database'],
    check: 'random',
    isLikely: true,
    source: 'https://learn.microsoft.com/dotnet/framework/data/adonet/connection-string-syntax',
  },
  {
    id: 'dotnet-network-credential',
    regex: String.raw`(?i)\bNetworkCredential\s{0,3}\(\s{0,8}\\?"[^"\n]{1,100}"\s{0,3},\s{0,8}\\?"([^"\s\\]{8,128})\\?"`,
    keywords: ['networkcredential'],
    check: 'random',
    isLikely: true,
    source: 'https://learn.microsoft.com/dotnet/api/system.net.networkcredential',
  },
  {
    id: 'npmrc-old-token',
    // Tokens were ids before they had a prefix, and tokens of other registries still are.
    regex: String.raw`:_authToken\s{0,3}=\s{0,3}\\?["']?([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})`,
    keywords: [':_authtoken'],
    entropy: 3,
    source: 'https://github.blog/changelog/2021-10-04-npm-access-tokens-have-a-new-format/',
  },
  {
    id: 'private-key-part',
    // Also matches a key without its end, which the rule private-key requires: a line of base64 behind the head, and
    // possible headers.
    regex: String.raw`-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----(?:\\?["'\s,:]|["'\s]\+\s|\\[nr]|[A-Za-z][\w-]{1,30}: [^\n\\]{1,100}(?:\n|\\n)){1,40}([A-Za-z0-9+/]{40}(?:[A-Za-z0-9+/=\s"'+,\\]|\\[nr]){24,4000})`,
    keywords: ['-----begin'],
    entropy: 4,
    source: 'https://www.rfc-editor.org/rfc/rfc7468',
  },
  {
    id: 'ssh2-private-key',
    regex: String.raw`---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----((?:[^-]|-[^-]){64,4000})`,
    keywords: ['---- begin ssh2'],
    entropy: 4,
    source: 'https://www.rfc-editor.org/rfc/rfc4716',
  },
  {
    id: 'putty-private-key',
    regex: String.raw`PuTTY-User-Key-File-[0-9](?:[^-]|-[^-]){20,4000}?Private-Lines:\s{0,3}[0-9]{1,3}((?:[A-Za-z0-9+/=\s]|\\[nr]){40,4000})`,
    keywords: ['putty-user-key-file-'],
    source: 'https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html',
  },
  {
    id: 'openvpn-static-key',
    regex: String.raw`-----BEGIN OpenVPN Static key V1-----((?:[0-9a-f\s]|\\[nr]){64,1200})`,
    keywords: ['-----begin openvpn'],
    entropy: 3,
    source: 'https://openvpn.net/community-docs/static-key-mini-howto.html',
  },
  {
    id: 'wireguard-private-key',
    regex: String.raw`(?:PrivateKey|PresharedKey)\s{0,3}=\s{0,3}([A-Za-z0-9+/]{43}=)`,
    keywords: ['privatekey', 'presharedkey'],
    entropy: 4,
    source: 'https://man7.org/linux/man-pages/man8/wg.8.html',
  },
  {
    id: 'json-web-key',
    regex: String.raw`\\?"kty\\?"\s{0,3}:\s{0,3}\\?"(?:RSA|EC|OKP|oct)\\?"[^{}]{0,3000}?\\?"[dk]\\?"\s{0,3}:\s{0,3}\\?"([A-Za-z0-9_-]{32,1024})`,
    keywords: ['"kty', '\\"kty'],
    entropy: 4,
    source: 'https://www.rfc-editor.org/rfc/rfc7518#section-6',
  },
  {
    id: 'bitcoin-private-key',
    // Wallet import format. It has no keyword, so the length of its row takes that place.
    regex: String.raw`\b([5KL9c][1-9A-HJ-NP-Za-km-z]{50,51})\b`,
    keywords: [],
    runs: [51, 52],
    check: 'base58check',
    source: 'https://en.bitcoin.it/wiki/Wallet_import_format',
  },
  {
    id: 'extended-private-key',
    regex: String.raw`\b([xyzt]prv[1-9A-HJ-NP-Za-km-z]{107,108})\b`,
    keywords: ['xprv', 'yprv', 'zprv', 'tprv'],
    check: 'base58check',
    source: 'https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki',
  },
  {
    id: 'stellar-secret-seed',
    regex: String.raw`\b(S[A-Z2-7]{55})\b`,
    keywords: [],
    runs: [56, 56],
    check: 'stellar',
    source: 'https://stellar.org/protocol/sep-23',
  },
  {
    id: 'nostr-secret-key',
    regex: String.raw`\b(nsec1[02-9ac-hj-np-z]{58})\b`,
    keywords: ['nsec1'],
    check: 'bech32',
    source: 'https://github.com/nostr-protocol/nips/blob/master/19.md',
  },
];
