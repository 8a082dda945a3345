import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'smol-toml';
import { ENDING_ANYWHERE } from '../src/gateway/dlp/rules/compile.ts';
import { readRules } from '../src/gateway/dlp/rules/read.ts';
import type { Allowlist, Rule } from '../src/gateway/dlp/rules/rule.ts';
import type { CheckName } from '../src/gateway/dlp/rules/checks.ts';
import { readFilter } from './dlp-rules/filter.ts';

/**
 * `tsx scripts/dlp-rules.ts [FILE.deb|FILE.toml]`: writes the pinned set of rules, src/gateway/dlp/rules/upstream.ts.
 * Without a file it gets Debian's package with `apt-get download`, which needs a suite with the version below. To
 * update: change `SOURCE`, run this script, run the tests of src/gateway/dlp, and measure false alarms (docs/adr/0091).
 */

/** Betterleaks is the successor of gitleaks, by the same author. Debian ships its sources, with the rules as a file. */
const SOURCE = {
  name: 'Betterleaks',
  version: '1.4.1',
  package: 'golang-github-betterleaks-betterleaks-dev=1.4.1-1',
  file: 'usr/share/gocode/src/github.com/betterleaks/betterleaks/config/betterleaks.toml',
  sha256: 'b58da6dce8afafa750fee841da230c9b59e80bf55fc10892f23b949e8373b09d',
} as const;

const LEFT_OUT: ReadonlySet<string> = new Set([
  // Their expressions take most of a second for 64 KB of hostile text, and they match examples in documentation.
  'curl-auth-header',
  'curl-auth-user',
  // Outside Terraform's files this matches every `password: "required"`; named-secret finds the random values among
  // these too.
  'hashicorp-tf-password',
  // named-secret requires a random value, and a name that describes it. This rule requires neither.
  'generic-api-key',
  // Parts that upstream searches only beside another match: names, ids, and values without a distinct form.
  'aws-secret-access-key',
  'mongodb-atlas-service-account-id',
  'ovh-application-key',
  'ovh-consumer-key',
  'planetscale-id',
  'polymarket-address',
  'polymarket-api-secret',
  'polymarket-passphrase',
  // Matches any UUID after `poly` and `key`: upstream accepts it only beside the two before.
  'polymarket-api-key',
]);

/**
 * Matches of these rules in prompts, code and documentation are hardly ever secrets (docs/adr/0091). The same holds for
 * rules with a path.
 */
const ADVISORY: ReadonlySet<string> = new Set([
  'jwt',
  'jwt-base64',
  'sourcegraph-access-token',
  // Matches any UUID after the word, and many ids are UUIDs.
  'heroku-api-key',
  // The URL of every login page contains a client id; the pages of every site that counts its visitors contain
  // PostHog's project key.
  'adobe-client-id',
  'asana-client-id',
  'bitbucket-client-id',
  'discord-client-id',
  'linkedin-client-id',
  'looker-client-id',
  'messagebird-client-id',
  'plaid-client-id',
  'posthog-project-api-key',
  'sendbird-access-id',
]);

/** Rules whose secrets carry a checksum, or must look random (src/gateway/dlp/rules/checks.ts). */
const CHECKS: Readonly<Record<string, CheckName>> = {
  'age-secret-key': 'bech32',
  'github-app-token': 'crc62',
  'github-oauth': 'crc62',
  'github-pat': 'crc62',
  'github-refresh-token': 'crc62',
  'npm-access-token': 'crc62',
  // Names of fields in programs are as long: `s.Ipv6CidrBlockAssociation`.
  'vault-service-token': 'random',
};

/**
 * After `dropbox,` and the like, upstream matches any text as long as a key. A word is no key, nor is a name that
 * consists of words. Text of 20 or more capitals that begins with A is not excluded: one in 28 ids of AWS looks like
 * that.
 */
const NO_WORDS: Allowlist = {
  regexes: [
    '^(?:(?:[A-Z]{1,19}|[B-Z][A-Z]*)(?:[_-][A-Z]+)*|[a-z]+(?:[_-][a-z]+)*|[A-Za-z][a-z]+(?:[A-Z][a-z]+)*)$',
  ],
};

const ANTHROPIC = ['anthropic.com', 'claude.com', 'claude.ai'];

/** A key is no leak at the host that issued it: an agent with a key of its own sends it there. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  'anthropic-admin-api-key': ANTHROPIC,
  'anthropic-api-key': ANTHROPIC,
};

/** Exclusions besides those of gitleaks. */
const NOT_MEANT: Readonly<Record<string, Allowlist>> = {
  // Texts about keys, and programs that read them, contain the header and footer of a key, but not its lines of 64
  // characters; a hex digest beside them has 40.
  'private-key': { regexes: ['^(?:[A-Za-z0-9+/]{0,47}[^A-Za-z0-9+/])*[A-Za-z0-9+/]{0,47}$'] },
  // Base64 with line breaks, of programs and tables, contains many EAAA, and longer runs of zeros.
  'square-access-token': { regexes: ['A{5}', 'AAA.*AAA'] },
  // In a signed request or URL the id names the signer. Such URLs are given to anybody, for example for the files of a
  // release.
  'aws-access-token': { target: 'match', regexes: [String.raw`\b[A-Z2-7]+(?:/|%2F)\d{8}(?:/|%2F)$`, '&'] },
  // The URL of a Power BI report contains a value of the same form.
  'grafana-api-key': { target: 'line', regexes: [String.raw`powerbi\.com/view\?r=`] },
  // A password that is a word belongs to an example, as in any other URL (connection-string).
  'mongodb-connection-string': { regexes: ['^[^:]+://[^:@/]*:[a-z]{3,12}@[^@]*$'] },
  // The placeholder in Slack's documentation.
  'slack-webhook-url': { regexes: ['X{8}'] },
};

/** Text after a match, if present: for `NOT_MEANT`, or because it is the secret. */
const GOES_ON: Readonly<Record<string, string>> = {
  'aws-access-token': String.raw`(?:(?:/|%2F)\d{8}(?:/|%2F)|&(?:Expires|Signature)=)?`,
  // Upstream's expression matches only the beginning that all of these have in common.
  'aws-amazon-bedrock-api-key-short-lived': '[A-Za-z0-9+/=_-]{16,1000}',
};

/** In most rules, the text between a name and its value; and the same inside a JSON string. */
const ASSIGNED = String.raw`[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}`;
const ASSIGNED_ANYWHERE = String.raw`(?:\\?['"]|\s){0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)(?:\\?['"\x60]|[\s=]){0,5}`;

/** The end of most rules. Here a token also ends before markup, a call, a URL or a table continues. */
const ENDING = String.raw`(?:\\?['"\x60]|[\s;]|\\[nr]|$)`;

interface RawRule {
  readonly id: string;
  readonly regex?: string;
  readonly filter?: string;
  readonly [other: string]: unknown;
}

/** Returns the configuration in gitleaks' form, which `readRules` reads. */
function asGitleaks(toml: string): string {
  const { rules, filter } = parse(toml) as unknown as { rules: readonly RawRule[]; filter: string };
  return stringify({
    ...readFilter(filter),
    rules: rules.map(({ id, regex, filter: own = '', path, keywords, entropy, secretGroup }) => ({
      ...Object.fromEntries(
        Object.entries({ id, regex, path, keywords, entropy, secretGroup }).filter(
          ([, value]) => value !== undefined,
        ),
      ),
      ...(own === '' ? {} : readFilter(own)),
    })),
  });
}

/**
 * Returns the configuration's text, from Debian's package or from a file. @throws Error if it is not the pinned text
 */
function readSource(path: string | undefined): string {
  if (path?.endsWith('.toml')) return checked(readFileSync(path, 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'dlp-rules-'));
  try {
    if (path === undefined) execFileSync('apt-get', ['download', SOURCE.package], { cwd: folder });
    const tar = execFileSync(
      'sh',
      ['-c', 'dpkg-deb --fsys-tarfile "$0"', path ?? join(folder, debIn(folder))],
      {
        maxBuffer: 1 << 30,
      },
    );
    execFileSync('tar', ['-x', '-C', folder, `./${SOURCE.file}`], { input: tar });
    return checked(readFileSync(join(folder, SOURCE.file), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const debIn = (folder: string): string => readdirSync(folder).find((name) => name.endsWith('.deb')) ?? '';

function checked(text: string): string {
  const digest = createHash('sha256').update(text).digest('hex');
  if (digest !== SOURCE.sha256) throw new Error(`this is not the pinned file: its SHA-256 is ${digest}`);
  return text;
}

const placedAnywhere = (regex: string): string =>
  regex.replace(ASSIGNED, () => ASSIGNED_ANYWHERE).replaceAll(ENDING, () => ENDING_ANYWHERE);

/**
 * Returns whether the rule's secret is any letters and digits of some length: such text may also be a name in a
 * program.
 */
const isBesideAName = ({ regex }: Rule): boolean =>
  regex.includes(ASSIGNED) && /\(\[(?:a-zA-Z0-9|a-z0-9)[^\]]*\]\{\d+(?:,\d+)?\}\)/.test(regex);

/** Returns the rule in its pinned form. */
function pinned(rule: Rule): Rule {
  const { id } = rule;
  const notMeant = NOT_MEANT[id];
  const check = CHECKS[id] ?? (isBesideAName(rule) ? 'random' : undefined);
  const homes = HOMES[id];
  return {
    ...rule,
    regex: `${placedAnywhere(rule.regex)}${GOES_ON[id] ?? ''}`,
    ...(ADVISORY.has(id) && { advisory: true as const }),
    ...(check && { check }),
    ...(homes && { homes }),
    ...(notMeant && { allowlists: [...(rule.allowlists ?? []), notMeant] }),
  };
}

const NOTICE = `/*
 * Generated by scripts/dlp-rules.ts: the rules of Betterleaks, https://github.com/betterleaks/betterleaks, a line each.
 *
 * The MIT License (MIT)
 * Copyright (c) 2026 Zachary Rice
 *
 * Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
 * files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
 * modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software
 * is furnished to do so, subject to the following conditions:
 *
 * The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
 * WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT
 * HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
 * OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
 */
`;

const { rules, allowlists } = readRules(asGitleaks(readSource(process.argv[2])), SOURCE.file);
const kept = rules.filter(({ id }) => !LEFT_OUT.has(id)).map(pinned);
/** Returns one line of JSON that is safe in a raw template. */
const line = (value: unknown) =>
  JSON.stringify(value)
    .replaceAll('`', String.raw`\u0060`)
    .replaceAll('${', String.raw`\u0024{`);
const text = `${NOTICE}
/** Where the set comes from. */
export const RULES_SOURCE = { name: '${SOURCE.name}', version: '${SOURCE.version}' } as const;

/** The set as JSON: a string costs nothing until it is parsed. */
export const UPSTREAM_RULES = String.raw\`{"allowlists":${line([...allowlists, NO_WORDS])},"rules":[
${kept.map(line).join(',\n')}
]}\`;
`;
writeFileSync(join(import.meta.dirname, '..', 'src', 'gateway', 'dlp', 'rules', 'upstream.ts'), text);
