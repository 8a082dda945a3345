/** Variable names that reveal that the value is a secret, or that redirect a program. */

/** Parts of a name that mark a secret, between underscores. */
export const SECRET_WORDS =
  /(?:^|_)(?:TOKEN|KEY|APIKEY|SECRET|SECRETS|PASSWORD|PASSWD|PASS|PASSPHRASE|PAT|CREDENTIAL|CREDENTIALS|DSN)(?:$|_)/i;
/** Parts of a name that mark a harmless value despite a word above: paths, numbers, public keys. */
export const HARMLESS_WORDS =
  /(?:^|_)(?:PUBLIC|FILE|PATH|DIR|ID|NAME|URL|LENGTH|SIZE|LIMIT|MAX|TOKENS|TTL|TYPE|ALGORITHM|REGION)(?:$|_)/i;

/** Variables that redirect agents and model API clients to another host or configuration. */
export const REDIRECTS: ReadonlySet<string> = new Set([
  'ANTHROPIC_BASE_URL',
  'ANTHROPIC_BEDROCK_BASE_URL',
  'ANTHROPIC_VERTEX_BASE_URL',
  'OPENAI_BASE_URL',
  'OPENAI_API_BASE',
  'GOOGLE_GEMINI_BASE_URL',
  'CODEX_HOME',
  'CLAUDE_CONFIG_DIR',
  'GEMINI_CLI_SYSTEM_SETTINGS_PATH',
]);

/** Variables that disable certificate checks, with the value that does so. */
export const UNCHECKED: readonly (readonly [name: string, value: RegExp])[] = [
  ['NODE_TLS_REJECT_UNAUTHORIZED', /^0$/],
  ['GIT_SSL_NO_VERIFY', /./],
  ['PYTHONHTTPSVERIFY', /^0$/],
  ['CURL_INSECURE', /./],
  ['NPM_CONFIG_STRICT_SSL', /^false$/i],
  ['CARGO_HTTP_CHECK_REVOKE', /^false$/i],
];
