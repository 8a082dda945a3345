import { pinnedRules } from '../../../gateway/dlp/rules/pinned.ts';
import { createPatternScan, type PatternScan } from '../../../gateway/dlp/rules/match.ts';
import type { Found, Kind, Subject } from '../finding.ts';
import { HARMLESS_WORDS, REDIRECTS, SECRET_WORDS, UNCHECKED } from '../tables/env-names.ts';

/** Variables that the agent sees. Findings never contain a value. */

let scan: PatternScan | undefined;

/** Returns the rule by which a value looks like a secret, from the rules by which the gateway blocks. */
function shapeOf(name: string, value: string): string | undefined {
  scan ??= createPatternScan(pinnedRules().filter(({ advisory }) => advisory !== true));
  const text = Buffer.from(`${name}=${value}\n`, 'utf8');
  const rule = scan(text, [{ start: 0, end: text.length }], true)[0]?.rule.id;
  return rule ?? (ADDRESS_WITH_PASSWORD.test(value) ? 'an address with a password' : undefined);
}

/** `user:password@` before the host: RFC 3986, 3.2.1. */
const ADDRESS_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i;

interface Variable {
  readonly name: string;
  readonly value: string;
}

const variablesOf = ({ agent }: Subject): readonly Variable[] =>
  Object.entries(agent.env()).map(([name, value]) => ({ name, value }));

function foundIn(subject: Subject, { name }: Variable, found: Omit<Found, 'place'>): Found {
  return { ...found, evidence: `env.${name} ${found.evidence}`, place: subject.places.get(`env.${name}`) };
}

const injected = (name: string): string =>
  `leave ${name} out of env, and give it to the one host that it is for: inject: { bearer: true, secret: "\${${name}}", env: ${name} }`;

const SHAPE: Kind = {
  id: 'env-secret-by-shape',
  claim: 'It reads the secret in its own environment, and uses it from anywhere, for as long as it is good.',
  severities: { high: 'the value has the shape of a key: what reads it, has it' },
  source:
    'CWE-526; the secrets that the npm worm Shai-Hulud took from environments, CISA alert of September 2025',
  find: (subject) =>
    variablesOf(subject).flatMap((variable) => {
      const rule = shapeOf(variable.name, variable.value);
      if (rule === undefined) return [];
      return [
        foundIn(subject, variable, {
          severity: 'high',
          evidence: `looks like a secret (${rule})`,
          remedy: injected(variable.name),
        }),
      ];
    }),
};

const NAME: Kind = {
  id: 'env-secret-by-name',
  claim: 'It reads what the variable’s name promises, and takes it along.',
  severities: { medium: 'the name says that it is a secret; its value does not show it' },
  source: 'CWE-526',
  find: (subject) =>
    variablesOf(subject)
      .filter(({ name }) => SECRET_WORDS.test(name) && !HARMLESS_WORDS.test(name))
      .filter(({ name, value }) => shapeOf(name, value) === undefined)
      .map((variable) =>
        foundIn(subject, variable, {
          severity: 'medium',
          evidence: 'is named like a secret',
          remedy: injected(variable.name),
        }),
      ),
};

const REDIRECT: Kind = {
  id: 'env-redirects-agent',
  claim:
    'Anyone who controls that address or folder answers in the model’s place and gives the agent orders.',
  severities: { low: 'the address must be allowed by a rule, too' },
  source: 'CVE-2026-21852 (ANTHROPIC_BASE_URL); CVE-2025-61260 (CODEX_HOME)',
  find: (subject) =>
    variablesOf(subject)
      .filter(({ name }) => REDIRECTS.has(name))
      .map((variable) =>
        foundIn(subject, variable, {
          severity: 'low',
          evidence: 'sends the agent to another API or configuration than its own',
          remedy: `leave ${variable.name} out of env, unless that place is yours`,
        }),
      ),
};

const NO_CHECK: Kind = {
  id: 'env-unchecked-certificates',
  claim:
    'It, or anyone on the network path, answers in the name of any host whose TLS a rule passes unopened.',
  severities: { low: 'it needs somebody on the way; where the gateway opens TLS, that one still checks' },
  source: 'CWE-295',
  find: (subject) =>
    variablesOf(subject)
      .filter(({ name, value }) =>
        UNCHECKED.some(([unchecked, off]) => unchecked === name && off.test(value)),
      )
      .map((variable) =>
        foundIn(subject, variable, {
          severity: 'low',
          evidence: 'makes programs look at no certificate',
          remedy: `leave ${variable.name} out of env: the gateway’s certificates are trusted in the bottle`,
        }),
      ),
};

export const ENV_KINDS: readonly Kind[] = [SHAPE, NAME, REDIRECT, NO_CHECK];
