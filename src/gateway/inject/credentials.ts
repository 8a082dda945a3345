/**
 * Which headers and parameters carry a credential, by name. A caller's own are taken away where a rule has an identity, so
 * that a key of somebody else's cannot use an allowed host. What is not known by name is told by the words in it.
 */

/** In one spelling: lower case, `-` for everything but letters and digits, as CGI (RFC 3875, 4.1.18) and PHP merge names. */
const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set([
  'authentication',
  'authorization',
  'proxy-authorization',
  'cookie',
  'cookie2',
  'api-key',
  'apikey',
  'x-api-key',
  'x-apikey',
  'x-goog-api-key',
  'x-goog-iam-authority-selector',
  'x-amz-security-token',
  'x-amz-date',
  'x-amz-content-sha256',
  'x-amz-signature',
  'x-amz-credential',
  'x-ms-date',
  'x-rapidapi-key',
  'x-functions-key',
  'ocp-apim-subscription-key',
  'fastly-key',
  'dd-api-key',
  'dd-application-key',
  'x-parse-application-id',
  'x-auth-user',
  'x-auth-key',
  'x-auth-email',
  'x-remote-user',
  'remote-user',
  'x-forwarded-user',
  'x-forwarded-email',
  'x-forwarded-client-cert',
  'x-client-cert',
  'ssl-client-cert',
  'client-cert',
  'client-cert-chain',
  'dpop',
  'x-honeycomb-team',
]);

/** Words that make a name one of a credential: `x-vault-token`, `private-token`, `x-access-key`, `x-user-password`. */
const CREDENTIAL_WORD =
  /(?:^|-)(?:auth|authorization|authentication|token|secret|password|passwd|credentials?|jwt|bearer|api-?key|(?:access|private|subscription|auth|master|license|app|application|consumer|client|user|account|admin|secret|service|session|deploy|write|read)-key)(?:-|$)/;

/** However it is written: `x-key`, `x-trackertoken`, `x-insert-key`. */
const CREDENTIAL_ENDING = /(?:key|token)$/;

/** Of those, what is no credential of the caller's but says what to do. */
const NOT_CREDENTIALS: ReadonlySet<string> = new Set([
  'x-amz-server-side-encryption-customer-key',
  'x-amz-server-side-encryption-customer-key-md5',
  'x-csrf-token',
  'x-xsrf-token',
  // Names of things, not of people.
  'sec-websocket-key',
  'idempotency-key',
  'x-idempotency-key',
  'surrogate-key',
  'cache-key',
  'partition-key',
  'continuation-token',
  'x-ms-continuation-token',
]);

/** How a value begins that is a credential, whatever the header is called (RFC 9110, 11.4; AWS Signature Version 4). */
const CREDENTIAL_VALUE = /^\s*(?:bearer|basic|digest|negotiate|ntlm|token|apikey|aws4-hmac-sha256)[ =]\S/i;

/** Browsers cannot set headers on WebSockets, so some servers take a key as a subprotocol: OpenAI, Kubernetes. */
const CREDENTIAL_SUBPROTOCOL = /api-?key|bearer|token|auth/i;

/** A header's name as servers that merge names see it. */
export const mergedName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '-');

/** Whether this header of a request carries a credential of the caller's. */
export function isCredentialHeader(name: string, value: string): boolean {
  const merged = mergedName(name);
  if (CREDENTIAL_HEADERS.has(merged)) return true;
  if (NOT_CREDENTIALS.has(merged)) return false;
  return CREDENTIAL_WORD.test(merged) || CREDENTIAL_ENDING.test(merged) || CREDENTIAL_VALUE.test(value);
}

/** Whether a subprotocol that a WebSocket offers is a credential. It cannot be taken away: the server chooses among them. */
export function isCredentialSubprotocol(name: string, value: string): boolean {
  return mergedName(name) === 'sec-websocket-protocol' && CREDENTIAL_SUBPROTOCOL.test(value);
}

/** Names of parameters, of letters and digits only, in lower case. */
const CREDENTIAL_PARAMETERS: ReadonlySet<string> = new Set([
  'key',
  'auth',
  'authorization',
  'authentication',
  'authkey',
  'bearer',
  'jwt',
  'sig',
  'hmac',
  'sas',
  'pwd',
  'passwd',
  'passphrase',
  'credential',
  'credentials',
  'accesskey',
  'accesskeyid',
  'awsaccesskeyid',
  'ossaccesskeyid',
  'googleaccessid',
  'appkey',
  'consumerkey',
  'clientkey',
  'subscriptionkey',
  'privatekey',
  'secretkey',
  'masterkey',
  'userkey',
  'sessionid',
  'sid',
  'sentrykey',
  'licensekey',
  'jsessionid',
  'phpsessid',
  'clientassertion',
]);

/** `access_token`, `private_token`, `client_secret`, `X-Amz-Signature` and what else presigns, `oauth_consumer_key`. */
const CREDENTIAL_PARAMETER =
  /(?:token|secret|password|signature|apikey)$|^(?:xamz|xgoog|xoss|xcos|oauth)|^(?:x|my)?api(?:key|token)/;

/** Where a list goes on: not a credential. */
const PLACE_IN_LIST = /(?:page|next|continuation|sync|start|cursor|resume|change|delta|skip|list)token$/;

/** Whether a parameter of this name, decoded, carries a credential of the caller's: also `user[token]` and `api.key`. */
export function isCredentialParameter(name: string): boolean {
  const parts = [name, ...name.split(/[[\].]/)].map(bareName);
  return parts.some(
    (part) =>
      CREDENTIAL_PARAMETERS.has(part) || (CREDENTIAL_PARAMETER.test(part) && !PLACE_IN_LIST.test(part)),
  );
}

/** A parameter's name as the loosest server would read it. */
export const bareName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');
