/** Names of variables that say what is in them, or where they make a program go. Data. */

/** Parts of a name, between underscores. */
export const SECRET_WORDS =
  /(?:^|_)(?:TOKEN|KEY|APIKEY|SECRET|SECRETS|PASSWORD|PASSWD|PASS|PASSPHRASE|PAT|CREDENTIAL|CREDENTIALS|DSN)(?:$|_)/i;
/** Names that have such a part, and no secret: places, numbers, public halves. */
export const HARMLESS_WORDS =
  /(?:^|_)(?:PUBLIC|FILE|PATH|DIR|ID|NAME|URL|LENGTH|SIZE|LIMIT|MAX|TOKENS|TTL|TYPE|ALGORITHM|REGION)(?:$|_)/i;

/** Where clients of model APIs and agents are made to go elsewhere, or to take another configuration. */
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

/** What makes programs look at no certificate, with the value that does. */
export const UNCHECKED: readonly (readonly [name: string, value: RegExp])[] = [
  ['NODE_TLS_REJECT_UNAUTHORIZED', /^0$/],
  ['GIT_SSL_NO_VERIFY', /./],
  ['PYTHONHTTPSVERIFY', /^0$/],
  ['CURL_INSECURE', /./],
  ['NPM_CONFIG_STRICT_SSL', /^false$/i],
  ['CARGO_HTTP_CHECK_REVOKE', /^false$/i],
];
