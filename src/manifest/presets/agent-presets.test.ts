import { expect, test } from 'vitest';
import { AGENTS } from '../../agents/index.ts';
import { AGENT_ENDPOINTS } from './agent-presets.ts';
import { manifestOf } from '../../../test/support/manifest.ts';
import { selectAgent } from '../draft.ts';
import { resolve } from '../resolve.ts';
import type { DlpInput } from '../schema/dlp-schema.ts';
import { AGENT_PRESETS } from '../schema/rule-schema.ts';

test.each(AGENT_PRESETS)(
  'the preset %s has the one host that its agent needs, so that an identity can go with it',
  (name) => {
    const hosts = [...new Set(AGENT_ENDPOINTS[name].map(({ host }) => host))];
    expect(hosts).toEqual(AGENTS[name].hosts);
    expect(hosts).toHaveLength(1);
  },
);

test.each([
  ['a preset of an agent', '{ preset: claude }', '', { pattern: 'redact' }],
  ['its host by name', '{ host: API.openai.com }', '', { pattern: 'redact' }],
  [
    'a proxy that gets an identity for a model',
    '{ host: llm.corp.example, inject: anthropic }',
    '',
    { pattern: 'redact' },
  ],
  [
    'a map that says nothing of patterns',
    '{ preset: claude, dlp: { iban: warn } }',
    '',
    { pattern: 'redact', iban: 'warn' },
  ],
  ['a word of the bottle', '{ preset: claude }', ', dlp: block', 'block'],
  ['a map of the rule', '{ preset: claude, dlp: { pattern: block } }', ', dlp: warn', { pattern: 'block' }],
  ['any other host', '{ host: api.example }', '', undefined],
] as const)('a text like a secret in a prompt is redacted: %s', (...[, rule, ofBottle, expected]) => {
  const text = `bottles: { b: { egress: { allow: [${rule}]${ofBottle} } } }\nagents: { a: { bottle: b, agent: shell } }\n`;
  const { egress } = resolve(selectAgent(manifestOf(text), 'a'), {
    hostVariable: () => 'x',
    answers: new Map(),
    presets: new Map(),
    homeDir: '/home/me',
  });
  const dlp: readonly (DlpInput | undefined)[] = egress.allow.map((one) => one.dlp);
  expect([...new Set(dlp.map((one) => JSON.stringify(one)))]).toEqual([JSON.stringify(expected)]);
});
