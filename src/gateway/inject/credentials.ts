import { Buffer } from 'node:buffer';

/**
 * Which headers and parameters carry a credential, by name. A caller's own are taken away where a rule has an identity, so
 * that a key of somebody else's cannot use an allowed host. What is not known by name is told by the words in it.
 */

/**
 * Where clients put the one key that they were given. Which of them, the client decides, whatever else the host would take:
 * Anthropic's SDK has sent the same key in `x-api-key` and in `authorization`. Spelled as the names below.
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
 * Of headers, and of parameters: servers that take a key in a header often take it in the query too. In one spelling: lower
 * case, `-` for everything but letters and digits, as CGI (RFC 3875, 4.1.18) and PHP merge names.
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
  // RFC 9421, 4; the latter alone is that of draft-cavage-http-signatures.
  'signature-input',
  'signature',
  'macaroons',
  // GitLab: to act as somebody else.
  'sudo',
]);

/** What a key is of where it is a credential: other keys name a thing in a store, or a thread. */
const KEY_OF =
  'access|private|subscription|auth|master|license|app|application|consumer|client|user|account|admin|secret|service|session|deploy|developer|write|(?<!th|sp)read';

/** Words that make a header one of a credential: `x-vault-token`, `private-token`, `x-access-key`, `x-user-password`. */
const CREDENTIAL_WORD = new RegExp(
  `(?:^|-)(?:auth|authorization|authentication|authenticated|token|secret|password|passwd|passphrase|credentials?|jwt|bearer|api-?key|temp-url-key|(?:${KEY_OF})-key)(?:-|$)`,
);

/** `x-key`, `x-trackertoken`, `x-ca-signature`, however it is written. */
const CREDENTIAL_END = /(?:key|token|signature)$/;

/**
 * Headers in which a proxy tells the server behind it who asks, and those by which whoever asks is somebody else, of which each
 * product has several.
 */
const PERSONS = [
  'x-(?:oauth|amzn-oidc|ms-client-principal|forwarded-tls-client|tls-client)',
  'x-(?:remote|pomerium|consumer|authentik)-',
  '(?:x-)?ssl-client',
  'remote-(?:user|groups?|name|email)',
  '(?:x-)?impersonate-',
  'tailscale-',
  // To act as somebody else: Box, Dropbox, Dynamics, Redmine, Elastic, Trino, SendGrid. In headers only: Slack's `as_user` is no such thing.
  '(?:as-user|dropbox-api-select-(?:user|admin)|mscrmcallerid|callerobjectid|es-security-runas-user)$',
  'x-(?:redmine-switch-user|(?:trino|presto|proxy)-user)$',
  '(?:x-)?on-behalf-of$',
];
const PERSON = new RegExp(`^(?:${PERSONS.join('|')})`);

/** Of those, what is no credential of the caller's but says what to do. */
const NOT_CREDENTIALS: ReadonlySet<string> = new Set([
  'x-csrf-token',
  'x-xsrf-token',
  // Names of things, not of people.
  'sec-websocket-key',
  'idempotency-key',
  'x-idempotency-key',
  'surrogate-key',
  'cache-key',
  'partition-key',
  'x-ms-documentdb-partitionkey',
  // Jira and Confluence want it with what is uploaded; its only word is `no-check`.
  'x-atlassian-token',
  'continuation-token',
  'x-ms-continuation-token',
]);

/**
 * In object stores, what a user says of an object, and the key that it is encrypted with: S3's `customer-key`, Google's and Azure's
 * `encryption-key`, each also of the object that is copied. Not Swift's `x-account-meta-temp-url-key`, which opens an account.
 */
const OF_OBJECTS = new RegExp(
  '^x-(?:(?:amz|goog|ms|oss|cos|obs|object)-meta-|(?:amz|goog|ms|oss|cos|obs)-(?:.*-)?encryption-(?:customer-)?key$)',
);

/** How a value begins that is a credential, whatever the header is called (RFC 9110, 11.4; AWS Signature Version 4). */
const CREDENTIAL_VALUE = /^\s*(?:bearer|basic|digest|negotiate|ntlm|token|apikey|aws4-hmac-sha256)[ =]\S/i;

/** Browsers cannot set headers on WebSockets, so some servers take a key as a subprotocol: OpenAI, Kubernetes. */
const CREDENTIAL_SUBPROTOCOL = /api-?key|bearer|token|auth/i;

/** No name of a protocol has so many letters and digits without a pause, nor all three kinds of them in so long a word. */
const RANDOM_WORDS: readonly RegExp[] = [
  /(?<![a-z\d])(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{32}/i,
  /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w+/=~-]{32,}$/,
];

/** The least that a JWT begins with is longer. */
const SHORTEST_KEY = 16;

/** A word of a subprotocol that is random, or an object of JSON in base64: JWT (RFC 7519, 3), and AppSync's `header-...`. */
function isKeyLike(word: string): boolean {
  if (word.length < SHORTEST_KEY) return false;
  const parts = [word, word.replace(/^[a-z]+[-_]/i, '')];
  const isObject = (part: string): boolean => /^\s*\{\s*"/.test(Buffer.from(part, 'base64url').toString());
  return parts.some(isObject) || RANDOM_WORDS.some((random) => random.test(word));
}

/** Whether this header of a request, its name merged, carries a credential of the caller's. */
export function isCredentialHeader(merged: string, value: string): boolean {
  if (CREDENTIAL_NAMES.has(merged)) return true;
  if (NOT_CREDENTIALS.has(merged) || OF_OBJECTS.test(merged)) return false;
  if (CREDENTIAL_WORD.test(merged) || CREDENTIAL_END.test(merged)) return true;
  return PERSON.test(merged) || CREDENTIAL_VALUE.test(value);
}

/** Whether a subprotocol that a WebSocket offers is a credential. It cannot be taken away: the server chooses among them. */
export function isCredentialSubprotocol(merged: string, value: string): boolean {
  if (merged !== 'sec-websocket-protocol') return false;
  return CREDENTIAL_SUBPROTOCOL.test(value) || value.split(/[\s,.]+/).some(isKeyLike);
}

/** A parameter's name as the loosest server would read it. */
export const bareName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Names of parameters, as `bareName` gives them: those of headers, and what is too short or too plain to be a header's. */
const CREDENTIAL_PARAMETERS: ReadonlySet<string> = new Set([
  ...[...CREDENTIAL_NAMES].map(bareName),
  'auth',
  'basicauth',
  'bearerauth',
  'bearer',
  'jwt',
  'sig',
  // Of Swift's temporary URLs (https://docs.openstack.org/swift/latest/api/temporary_url_middleware.html), and Flickr's.
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
  // To act as somebody else: Hadoop and Knox, and others.
  'doas',
  'impersonate',
]);

/** `access_token`, `private_token`, `client_secret`, `X-Amz-Signature` and what else presigns, `oauth_consumer_key`. */
const CREDENTIAL_PARAMETER = new RegExp(
  `(?:token|secret|password|signature|apikey|(?:${KEY_OF})key)$|^(?:xamz|xgoog|xoss|xcos|x?oauth)|^(?:x|my)?api(?:key|token)`,
);

/** Where a list goes on: not a credential. */
const PLACE_IN_LIST =
  /(?:page|pagination|next|continuation|sync|start|cursor|resume|rewrite|change|delta|skip|list)token$/;

/** The key of an API to some servers, Google's among them; to others what is asked for: without it, they would give or delete all. */
const EITHER: ReadonlySet<string> = new Set(['key']);

/** What a parameter carries: a credential of its caller's, something else, or nobody can tell. */
export type ParameterKind = 'credential' | 'either' | 'other';

/**
 * The kind of a parameter of this name, decoded: also `user[token]`, `api.key`, and `HTTP_AUTHORIZATION`, as CGI hands headers
 * on (RFC 3875, 4.1.18).
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

/** Whether a header of this merged name is one that clients send their key in. Where a rule has an identity, none of them leaves. */
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

/** Whether a parameter of this bare name, as sent, is one that clients send their key in: dropped or refused, as those headers are. */
export const isKeyParameter = (bare: string): boolean => KEY_PARAMETERS.has(bare);
