import type { OwnRule } from './own.ts';

/**
 * Rules for a name that says that its value is a secret, with a value that looks random: `DB_PASSWORD=...`,
 * `"clientSecret": "..."`, in code, shells, JSON, YAML and tables of variables. docs/adr/0091 lists the names and the
 * measurements.
 */

/** Words that may precede `secret`, `key` and `token`. Page tokens, cache keys and public keys are no secrets. */
const OF_SECRETS =
  'client|app|application|consumer|shared|signing|webhook|jwt|session|cookie|encryption|api|auth|oauth2?|access|master|account|' +
  'service|storage|db|database|user|admin|bot|device|django|flask|rails|nextauth|hmac|app_?key';
const OF_KEYS =
  'api|access|auth|account|master|admin|service|device|license|private|encryption|signing|session|storage|subscription|deploy|secret|hmac|aes';
const OF_TOKENS =
  'auth|access|api|bot|refresh|bearer|personal|private|deploy|oauth2?|service|admin|user|session|security|secret|github|gitlab|npm|' +
  'pypi|slack|discord|telegram|vault|sonar|codecov|circle|heroku|vercel|netlify|cloudflare|digitalocean|influx|grafana|sentry|hf|' +
  'huggingface|replicate|runner|registration|publish|release|ci|job|root';
const JOIN = '[_.-]?';

const NAMES = [
  'pass(?:word|wd|phrase|code)',
  'credentials',
  `(?:user|http|basic|proxy|registry)${JOIN}auth`,
  '(?:^|[^A-Za-z])pwd|_pwd',
  '(?:^|[^A-Za-z])pass|(?-i:[a-z]Pass)',
  `(?:^|[^A-Za-z]|(?:${OF_SECRETS})${JOIN})secret`,
  `(?:${OF_KEYS})${JOIN}key`,
  `(?:${OF_TOKENS})${JOIN}token`,
  // Environment variables: any token. The allow list below excludes page tokens and tokens against forged requests.
  '(?-i:(?:^|[^A-Za-z0-9_])(?:[A-Z0-9]+_)*(?:[A-Z0-9]+)_TOKEN)',
].join('|');
/** Suffixes that do not change the meaning of a name. */
const MORE =
  '(?:[_.-](?:base|value|prod|production|live|staging|stage|dev|test|main|primary|secondary|default|new|old|raw|plain|text|base64|b64|[0-9]{1,2})){0,2}';
const ASSIGNED = String.raw`(?:\\?["'\]]|\s){0,24}(?::=|=>|[=:])\s{0,24}`;
/** `getenv("API_KEY", "...")`, `put('password', '...')`. */
const PASSED = String.raw`\\?["']\s{0,4},\s{0,4}`;
/** `{"name": "DB_PASSWORD", "value": "..."}`, `<add key="..." value="..."/>`, and a list of variables in YAML. */
const PAIRED = String.raw`(?:\\?["']|\n|\\n)(?:\\?["']|,|\s|\\n){0,24}value\\?["']?\s{0,4}[=:]\s{0,4}`;
/** Terraform: `variable "db_password" { default = "..." }`. */
const DEFAULT = String.raw`\\?["']\s{0,4}\{[^{}]{0,200}?\bdefault\s{0,8}=\s{0,4}`;
const END = String.raw`(?:\\?["'\x60]|[\s,;<)}\]&\\]|$)`;
const BARE = String.raw`([A-Za-z0-9!@#$%^*+/_.~?|:-]{12,400}={0,2})${END}`;
/** In quotes, a value may contain signs that end it elsewhere. */
const QUOTED = String.raw`(?:\\?["'\x60]|'\\?")([^\s"'\x60\\<>{}]{12,400})\\?["'\x60]`;
const JOINED = `(?:${ASSIGNED}|${PAIRED}|${DEFAULT})`;

export const NAMED_RULES: readonly OwnRule[] = [
  {
    id: 'named-secret',
    // `key` and `token` alone are no such names: if they matched here, their value would hide the next one.
    regex: `(?i)(?:pass(?:word|wd|phrase|code)?|pwd|secret|[A-Za-z0-9_.-](?:key|token)|credentials|auth)${MORE}(?:${JOINED}(?:${QUOTED}|${BARE})|${PASSED}${QUOTED})`,
    name: `(?i)(?:${NAMES})${MORE}(?:${JOINED}|${PASSED})`,
    keywords: ['pass', 'pwd', 'secret', 'key', 'token', 'credential', 'auth'],
    check: 'random',
    isLikely: true,
    place: 'body',
    allowlists: [
      // The key of Azure's emulator, which is the same for everybody.
      { regexes: ['^Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1'] },
      {
        target: 'match',
        regexes: [
          '(?i)(?:csrf|xsrf|next|page|sync|continuation|cancel|cache|verification|public)[_.-]?(?:token|key)',
        ],
      },
    ],
    source: 'https://github.com/gitleaks/gitleaks/blob/master/cmd/generate/config/rules/generic.go',
  },
  {
    id: 'named-uuid',
    // Ids have this form too, so the name must be unambiguous.
    regex: `(?i)(?:api|access|secret|server|auth)${JOIN}(?:key|token)${MORE}(?:${JOINED}|${PASSED})(?:\\\\?["'\\x60])?([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})${END}`,
    keywords: ['api', 'access', 'secret', 'server', 'auth'],
    check: 'uuid',
    isLikely: true,
    place: 'body',
    source: 'https://www.rfc-editor.org/rfc/rfc9562',
  },
  {
    id: 'named-secret-in-head',
    // In a head, every header and every field of a query is an assignment, so only names like those of environment
    // variables count.
    regex: `(?:PASS|PASSWORD|PASSWD|SECRET|KEY|TOKEN)=(?:\\\\?["'\\x60])?${BARE}`,
    name: '(?:^|[^A-Za-z0-9])(?:[A-Z0-9]+_)+(?:PASS|PASSWORD|PASSWD|SECRET|KEY|TOKEN)=',
    keywords: ['pass', 'secret', 'key', 'token'],
    check: 'random',
    isLikely: true,
    place: 'head',
    source: 'https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html',
  },
];
