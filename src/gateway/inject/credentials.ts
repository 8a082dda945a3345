import { Buffer } from 'node:buffer';

/**
 * Recognises headers and parameters that carry a credential, by name. Where a rule has an identity, the gateway removes
 * the caller's own credentials, so that a key of another account cannot use an allowed host. Names that are not listed
 * are recognised by the words in them.
 */

/**
 * Headers in which clients send the one key that they were given. The client decides which, whatever else the host
 * would accept: Anthropic's SDK has sent the same key in `x-api-key` and in `authorization`. Spelled like the names
 * below.
 */
const KEY_HEADERS = [
  'authorization',
  'api-key',
  'apikey',
  'x-api-key',
  'x-apikey',
  'x-goog-api-key',
  'x-auth-key',
  'x-auth-token',
  'x-access-token',
  'x-vault-token',
  'private-token',
  'job-token',
  'x-rapidapi-key',
  'x-functions-key',
  'ocp-apim-subscription-key',
  'fastly-key',
  'dd-api-key',
  'dd-application-key',
  'x-honeycomb-team',
  'x-jfrog-art-api',
] as const;

/**
 * Names of headers, and of parameters: servers that accept a key in a header often accept it in the query too. All in
 * one spelling: lower case, `-` for everything but letters and digits, as CGI (RFC 3875, 4.1.18) and PHP merge names.
 */
const CREDENTIAL_NAMES: ReadonlySet<string> = new Set([
  ...KEY_HEADERS,
  'authentication',
  'proxy-authorization',
  'cookie',
  'cookie2',
  'x-goog-iam-authority-selector',
  'x-amz-security-token',
  'x-amz-date',
  'x-amz-content-sha256',
  'x-amz-signature',
  'x-amz-credential',
  'x-ms-date',
  'x-parse-application-id',
  'x-auth-user',
  'x-auth-email',
  'x-session-id',
  'x-remote-user',
  'remote-user',
  'x-user',
  'x-webauth-user',
  'x-forwarded-user',
  'x-forwarded-email',
  'x-forwarded-preferred-username',
  'x-forwarded-groups',
  'x-forwarded-client-cert',
  'x-client-cert',
  'ssl-client-cert',
  'client-cert',
  'client-cert-chain',
  'dpop',
  // RFC 9421, 4; `signature` alone is from draft-cavage-http-signatures.
  'signature-input',
  'signature',
  'macaroons',
  // GitLab: acts as another user.
  'sudo',
]);

/** Words before `-key` that make it a credential: other keys name an object in a store, or a thread. */
const KEY_OF =
  'access|private|subscription|auth|master|license|app|application|consumer|client|user|account|admin|secret|service|session|deploy|developer|write|(?<!th|sp)read';

/** Words that mark a header as a credential: `x-vault-token`, `private-token`, `x-access-key`, `x-user-password`. */
const CREDENTIAL_WORD = new RegExp(
  `(?:^|-)(?:auth|authorization|authentication|authenticated|token|secret|password|passwd|passphrase|credentials?|jwt|bearer|api-?key|temp-url-key|(?:${KEY_OF})-key)(?:-|$)`,
);

/** Matches `x-key`, `x-trackertoken`, `x-ca-signature`, in any spelling. */
const CREDENTIAL_END = /(?:key|token|signature)$/;

/**
 * Headers in which a proxy names the caller to the server behind it, and headers with which the caller acts as someone
 * else. Each product has several.
 */
const PERSONS = [
  'x-(?:oauth|amzn-oidc|ms-client-principal|forwarded-tls-client|tls-client)',
  'x-(?:remote|pomerium|consumer|authentik)-',
  '(?:x-)?ssl-client',
  'remote-(?:user|groups?|name|email)',
  '(?:x-)?impersonate-',
  'tailscale-',
  // Act as another user: Box, Dropbox, Dynamics, Redmine, Elastic, Trino, SendGrid. In headers only: Slack's parameter
  // `as_user` does not do this.
  '(?:as-user|dropbox-api-select-(?:user|admin)|mscrmcallerid|callerobjectid|es-security-runas-user)$',
  'x-(?:redmine-switch-user|(?:trino|presto|proxy)-user)$',
  '(?:x-)?on-behalf-of$',
];
const PERSON = new RegExp(`^(?:${PERSONS.join('|')})`);

/** Headers that match the patterns above but are not credentials of the caller: they control the request. */
const NOT_CREDENTIALS: ReadonlySet<string> = new Set([
  'x-csrf-token',
  'x-xsrf-token',
  // These name things, not people.
  'sec-websocket-key',
  'idempotency-key',
  'x-idempotency-key',
  'surrogate-key',
  'cache-key',
  'partition-key',
  'x-ms-documentdb-partitionkey',
  // Jira and Confluence require it with uploads; its only value is `no-check`.
  'x-atlassian-token',
  'continuation-token',
  'x-ms-continuation-token',
]);

/**
 * Headers of object stores: a user's metadata of an object, and the key that encrypts it: S3's `customer-key`, Google's
 * and Azure's `encryption-key`, each also for the source object of a copy. Not Swift's `x-account-meta-temp-url-key`,
 * which opens an account.
 */
const OF_OBJECTS = new RegExp(
  '^x-(?:(?:amz|goog|ms|oss|cos|obs|object)-meta-|(?:amz|goog|ms|oss|cos|obs)-(?:.*-)?encryption-(?:customer-)?key$)',
);

/**
 * Matches the beginning of a value that is a credential, whatever the header's name (RFC 9110, 11.4; AWS Signature
 * Version 4).
 */
const CREDENTIAL_VALUE = /^\s*(?:bearer|basic|digest|negotiate|ntlm|token|apikey|aws4-hmac-sha256)[ =]\S/i;

/** Browsers cannot set headers on WebSockets, so some servers accept a key as a subprotocol: OpenAI, Kubernetes. */
const CREDENTIAL_SUBPROTOCOL = /api-?key|bearer|token|auth/i;

/**
 * Words that no protocol's name contains: 32 letters and digits in a row, or at least 32 characters with digits and
 * letters of both cases.
 */
const RANDOM_WORDS: readonly RegExp[] = [
  /(?<![a-z\d])(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{32}/i,
  /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w+/=~-]{32,}$/,
];

/** Fewest characters of a key. Even the shortest first part of a JWT is longer. */
const SHORTEST_KEY = 16;

/**
 * Whether a word of a subprotocol is random, or a JSON object in base64: a JWT (RFC 7519, 3), or AppSync's
 * `header-...`.
 */
function isKeyLike(word: string): boolean {
  if (word.length < SHORTEST_KEY) return false;
  const parts = [word, word.replace(/^[a-z]+[-_]/i, '')];
  const isObject = (part: string): boolean => /^\s*\{\s*"/.test(Buffer.from(part, 'base64url').toString());
  return parts.some(isObject) || RANDOM_WORDS.some((random) => random.test(word));
}

/** Whether this request header, with its merged name, carries a credential of the caller. */
export function isCredentialHeader(merged: string, value: string): boolean {
  if (CREDENTIAL_NAMES.has(merged)) return true;
  if (NOT_CREDENTIALS.has(merged) || OF_OBJECTS.test(merged)) return false;
  if (CREDENTIAL_WORD.test(merged) || CREDENTIAL_END.test(merged)) return true;
  return PERSON.test(merged) || CREDENTIAL_VALUE.test(value);
}

/**
 * Whether a subprotocol that a WebSocket client offers is a credential. The gateway cannot remove it: the server
 * chooses among the subprotocols.
 */
export function isCredentialSubprotocol(merged: string, value: string): boolean {
  if (merged !== 'sec-websocket-protocol') return false;
  return CREDENTIAL_SUBPROTOCOL.test(value) || value.split(/[\s,.]+/).some(isKeyLike);
}

/** A parameter's name as the most lenient server would read it. */
export const bareName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Names of parameters, as `bareName` returns them: those of headers, and names too short or too plain for a header. */
const CREDENTIAL_PARAMETERS: ReadonlySet<string> = new Set([
  ...[...CREDENTIAL_NAMES].map(bareName),
  'auth',
  'basicauth',
  'bearerauth',
  'bearer',
  'jwt',
  'sig',
  // From Swift's temporary URLs (https://docs.openstack.org/swift/latest/api/temporary_url_middleware.html), and from
  // Flickr.
  'tempurlsig',
  'tempurlprefix',
  'apisig',
  'hmac',
  'sas',
  'pass',
  'pwd',
  'passwd',
  'passphrase',
  'credential',
  'credentials',
  'accesskeyid',
  'awsaccesskeyid',
  'ossaccesskeyid',
  'googleaccessid',
  'sessid',
  'sentrykey',
  'jsessionid',
  'phpsessid',
  'clientassertion',
  'jwtassertion',
  // Act as another user: Hadoop and Knox, and others.
  'doas',
  'impersonate',
]);

/**
 * Matches `access_token`, `private_token`, `client_secret`, `X-Amz-Signature` and other parameters of presigned URLs,
 * `oauth_consumer_key`.
 */
const CREDENTIAL_PARAMETER = new RegExp(
  `(?:token|secret|password|signature|apikey|(?:${KEY_OF})key)$|^(?:xamz|xgoog|xoss|xcos|x?oauth)|^(?:x|my)?api(?:key|token)`,
);

/** Tokens that mark a position in a list: not credentials. */
const PLACE_IN_LIST =
  /(?:page|pagination|next|continuation|sync|start|cursor|resume|rewrite|change|delta|skip|list)token$/;

/**
 * `key` is the API key to some servers, Google's among them. To others it selects what is requested: without it, they
 * would return or delete everything.
 */
const EITHER: ReadonlySet<string> = new Set(['key']);

/** What a parameter carries: a credential of its caller, possibly one (`either`), or something else. */
export type ParameterKind = 'credential' | 'either' | 'other';

/**
 * Returns the kind of a parameter by its decoded name. Also recognises `user[token]`, `api.key`, and
 * `HTTP_AUTHORIZATION`, as CGI passes headers on (RFC 3875, 4.1.18).
 */
export function parameterKind(name: string): ParameterKind {
  const parts = [name, ...name.split(/[[\].]/)]
    .map(bareName)
    .map((part) => (part.startsWith('http') ? part.slice('http'.length) : part));
  if (parts.some(isCredentialParameter)) return 'credential';
  return parts.some((part) => EITHER.has(part)) ? 'either' : 'other';
}

function isCredentialParameter(bare: string): boolean {
  return CREDENTIAL_PARAMETERS.has(bare) || (CREDENTIAL_PARAMETER.test(bare) && !PLACE_IN_LIST.test(bare));
}

const KEY_NAMES: ReadonlySet<string> = new Set(KEY_HEADERS);

/**
 * Whether clients send their key in a header of this merged name. Where a rule has an identity, none of the caller's
 * leaves.
 */
export const isKeyHeader = (merged: string): boolean => KEY_NAMES.has(merged);

const KEY_PARAMETERS: ReadonlySet<string> = new Set([
  ...KEY_HEADERS.map(bareName),
  ...EITHER,
  'token',
  'accesstoken',
  'authtoken',
  'oauthtoken',
  'accesskey',
  'subscriptionkey',
]);

/**
 * Whether clients send their key in a parameter of this bare name, as sent. The gateway drops or refuses it, as it does
 * such headers.
 */
export const isKeyParameter = (bare: string): boolean => KEY_PARAMETERS.has(bare);
