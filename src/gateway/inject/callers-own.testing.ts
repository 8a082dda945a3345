import type { RawHeaders } from '../message/headers.ts';

/** Part of each credential below. */
export const THEIRS = 'attackersOwnKey9999';

const base64 = (value: string): string => Buffer.from(value).toString('base64url');
/** Recognisable by its first part; the other parts carry the value. */
const JWT = `${base64('{"alg":"HS256"}')}.${base64('{"sub":"eve"}')}.${THEIRS}`;
const SPACED_JWT = `${base64(' { "alg": "HS256" }')}.${base64('{ "sub": "eve" }')}.${THEIRS}`;
const APPSYNC = base64('{"host":"api.test","x-api-key":"da2-eve"}');

const PARAMETERS =
  `x-functions-key ocp-apim-subscription-key X_Functions_Key x-auth-key xAuthKey admin_key write_key
  read_key service_key serviceKey SERVICEKEY deploy_key account_key acme-account-key session_key sessionKey developerKey pass
  passphrase basic_auth bearer_auth http_authorization HTTP_X_API_KEY http_auth x_session_id sessid jwt_assertion
  remote_user user[pass] x-forwarded-user sudo SUDO x-jfrog-art-api doAs
  doas do_as impersonate jsessionid PHPSESSID temp_url_sig temp_url_prefix api_sig`.split(/\s+/);

const HEADERS = `X-OAuth X-OAuth-Token X_OAuth_Consumer X-Session-Id X-Amzn-Oidc-Data X-Amzn-Oidc-Identity
  X-Ms-Client-Principal X-Ms-Client-Principal-Id X-Ms-Client-Principal-Name X-Authenticated-User X-Authenticated-Userid
  X-WebAuth-User X-Forwarded-User X-Forwarded-Preferred-Username X-Forwarded-Groups X-Remote-User X-Tls-Client-Cert
  X-Client-Cert X-Forwarded-Client-Cert X-Forwarded-Tls-Client-Cert X-SSL-Client-Cert X_SSL_Client_Verify X-SSL-Client-S-Dn
  SSL-Client-Verify X-Goog-Authenticated-User-Email X-Passphrase X-Ca-Signature Macaroons
  X-JFrog-Art-Api Impersonate-User Impersonate-Group Impersonate-Uid Impersonate-Extra-Scopes impersonate_user Sudo SUDO
  X-Remote-Group X-Remote-Uid X-Remote-Extra-Scopes Remote-Groups Remote-Email Tailscale-User-Login Tailscale_User_Name
  X-Pomerium-Claim-Email X-Pomerium-Claim-Groups X-Consumer-Id X-Consumer-Username X-Consumer-Custom-Id X-Authentik-Username
  X-User As-User as_user Dropbox-API-Select-User Dropbox-API-Select-Admin MSCRMCallerID CallerObjectId X-Redmine-Switch-User
  es-security-runas-user X-Trino-User X_Presto_User X-On-Behalf-Of On-Behalf-Of X-Impersonate-User X-Impersonate-Group X-Proxy-User
  X-Account-Meta-Temp-URL-Key X-Container-Meta-Temp-URL-Key-2`.split(/\s+/);

const SUBPROTOCOLS = [
  `graphql-ws, ${JWT}`,
  `${JWT},graphql-ws`,
  SPACED_JWT,
  `aws-appsync-event-ws, header-${APPSYNC}${base64(THEIRS)}, ${THEIRS}`,
  `graphql-ws,header-${base64(`{ "x-api-key": "${THEIRS}" }`)}, ${THEIRS}`,
  `realtime, openai-insecure-api-key.${THEIRS}`,
  `chat, ${THEIRS}Zt5VXs1Yq6Wn3Kd8`,
  `chat, v1.${THEIRS}-Zt5V_Xs1Yq6Wn3K`,
  `chat, 0123456789abcdef0123456789abcdef, ${THEIRS}`,
  `chat, k-0123456789ABCDEF0123456789ABCDEF, ${THEIRS}`,
];

/** Requests with a credential of their caller, by path and headers: none may pass where a rule has an identity. */
export const CALLERS_OWN: readonly (readonly [path: string, headers: RawHeaders])[] = [
  ...PARAMETERS.map((name) => [`/a?b=1&${name}=${THEIRS}`, []] as const),
  ...HEADERS.map((name) => ['/a', [name, THEIRS]] as const),
  ...SUBPROTOCOLS.map((offered) => ['/a', ['Sec-WebSocket-Protocol', offered]] as const),
  // RFC 9421, 4; draft-cavage-http-signatures-12, 4.
  [
    '/a',
    ['Signature-Input', `sig1=("@path");keyid="${THEIRS}"`, 'Signature', `sig1=:${base64(THEIRS)}${THEIRS}:`],
  ],
  ['/a', ['Signature', `keyId="${THEIRS}",algorithm="hs2019",signature="abc"`]],
];
