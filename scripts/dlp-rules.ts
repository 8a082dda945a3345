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
 * `tsx scripts/dlp-rules.ts [FILE.deb|FILE.toml]`: makes the pinned set of rules, src/gateway/dlp/rules/upstream.ts. Without a
 * file it gets Debian's package with `apt-get download`, which needs a suite that has the version below. To update: change
 * `SOURCE`, run it, run the tests of src/gateway/dlp, and measure false alarms (docs/adr/0091).
 */

/** Betterleaks is gitleaks continued by its author. Debian ships its sources, with the rules as a file. */
const SOURCE = {
  name: 'Betterleaks',
  version: '1.4.1',
  package: 'golang-github-betterleaks-betterleaks-dev=1.4.1-1',
  file: 'usr/share/gocode/src/github.com/betterleaks/betterleaks/config/betterleaks.toml',
  sha256: 'b58da6dce8afafa750fee841da230c9b59e80bf55fc10892f23b949e8373b09d',
} as const;

const LEFT_OUT: ReadonlySet<string> = new Set([
  // Their expressions take most of a second for 64 KB of a hostile text, and they find examples in documentation.
  'curl-auth-header',
  'curl-auth-user',
  // Outside Terraform's files this is every `password: "required"`; named-secret finds the random ones of these too.
  'hashicorp-tf-password',
  // named-secret asks for a value that is random, and for a name that says what it is. This rule asks for neither.
  'generic-api-key',
  // Parts that upstream looks for only beside another find: names, ids, and values that have no form of their own.
  'aws-secret-access-key',
  'mongodb-atlas-service-account-id',
  'ovh-application-key',
  'ovh-consumer-key',
  'planetscale-id',
  'polymarket-address',
  'polymarket-api-secret',
  'polymarket-passphrase',
  // Any UUID behind `poly` and `key`: upstream takes it only beside the two before.
  'polymarket-api-key',
]);

/** What these find in prompts, code and documentation is hardly ever a secret (docs/adr/0091). So are rules with a path. */
const ADVISORY: ReadonlySet<string> = new Set([
  'jwt',
  'jwt-base64',
  'sourcegraph-access-token',
  // Any UUID behind the word, and there are many ids.
  'heroku-api-key',
  // Client ids are in every address that asks for a login; this key is in every page that counts its visitors.
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

/** Kinds that carry a checksum, or must look drawn by chance (src/gateway/dlp/rules/checks.ts). */
const CHECKS: Readonly<Record<string, CheckName>> = {
  'age-secret-key': 'bech32',
  'github-app-token': 'crc62',
  'github-oauth': 'crc62',
  'github-pat': 'crc62',
  'github-refresh-token': 'crc62',
  'npm-access-token': 'crc62',
  // Fields of programs are as long: `s.Ipv6CidrBlockAssociation`.
  'vault-service-token': 'random',
};

/**
 * Behind `dropbox,` and the like, whatever has as many letters as a key: a word is none, nor is a name of words. Of 20 capitals and more that begin
 * with an A, one in 28 ids of AWS is.
 */
const NO_WORDS: Allowlist = {
  regexes: [
    '^(?:(?:[A-Z]{1,19}|[B-Z][A-Z]*)(?:[_-][A-Z]+)*|[a-z]+(?:[_-][a-z]+)*|[A-Za-z][a-z]+(?:[A-Z][a-z]+)*)$',
  ],
};

const ANTHROPIC = ['anthropic.com', 'claude.com', 'claude.ai'];

/** A key is no leak at the host that gave it out: an agent that has a key of its own sends it there. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  'anthropic-admin-api-key': ANTHROPIC,
  'anthropic-api-key': ANTHROPIC,
};

/** What these are not meant for, besides what gitleaks says. */
const NOT_MEANT: Readonly<Record<string, Allowlist>> = {
  // What is written about keys, and programs that read them, have the lines round a key and none of it, whose lines have 64 characters;
  // a digest in hex beside them has 40.
  'private-key': { regexes: ['^(?:[A-Za-z0-9+/]{0,47}[^A-Za-z0-9+/])*[A-Za-z0-9+/]{0,47}$'] },
  // Programs and tables in base64 with line breaks are full of EAAA, and of more that is zero.
  'square-access-token': { regexes: ['A{5}', 'AAA.*AAA'] },
  // In a signed request or address the id says whose signature it is: such addresses are given to anybody, as of a release's files.
  'aws-access-token': { target: 'match', regexes: [String.raw`\b[A-Z2-7]+(?:/|%2F)\d{8}(?:/|%2F)$`, '&'] },
  // The address of a report of Power BI has a value of the same form in it.
  'grafana-api-key': { target: 'line', regexes: [String.raw`powerbi\.com/view\?r=`] },
  // A password of words is one of an example, as behind any other address (connection-string).
  'mongodb-connection-string': { regexes: ['^[^:]+://[^:@/]*:[a-z]{3,12}@[^@]*$'] },
  // As Slack documents it.
  'slack-webhook-url': { regexes: ['X{8}'] },
};

/** What a match goes on with where it is there: for `NOT_MEANT`, or because it is the secret. */
const GOES_ON: Readonly<Record<string, string>> = {
  'aws-access-token': String.raw`(?:(?:/|%2F)\d{8}(?:/|%2F)|&(?:Expires|Signature)=)?`,
  // Upstream's expression is the beginning that all of these have in common.
  'aws-amazon-bedrock-api-key-short-lived': '[A-Za-z0-9+/=_-]{16,1000}',
};

/** What may stand between a name and its value, in most rules; and the same where the text is a string of JSON itself. */
const ASSIGNED = String.raw`[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}`;
const ASSIGNED_ANYWHERE = String.raw`(?:\\?['"]|\s){0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)(?:\\?['"\x60]|[\s=]){0,5}`;

/** What most rules end with. A token also ends where markup, a call, an address or a table goes on. */
const ENDING = String.raw`(?:\\?['"\x60]|[\s;]|\\[nr]|$)`;

interface RawRule {
  readonly id: string;
  readonly regex?: string;
  readonly filter?: string;
  readonly [other: string]: unknown;
}

/** The configuration in gitleaks' form, which `readRules` reads. */
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

/** The configuration's text, from Debian's package or as a file. Throws where it is not the one that is pinned. */
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

/** Rules whose secret is any letters and digits of some length: what stands there may also be a name in a program. */
const isBesideAName = ({ regex }: Rule): boolean =>
  regex.includes(ASSIGNED) && /\(\[(?:a-zA-Z0-9|a-z0-9)[^\]]*\]\{\d+(?:,\d+)?\}\)/.test(regex);

/** The rule as it is pinned. */
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
/** One line of JSON that may stand in a raw template. */
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
