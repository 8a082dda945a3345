import { expect, test } from 'vitest';
import { manifestOf } from '../../test/support/manifest.ts';
import { draftsMeant } from './draft.ts';

const manifest = manifestOf(
  `
bottles: { dev: {}, idle: { env: { A: a } } }
agents: { one: { bottle: dev, agent: shell }, two: { bottle: dev, agent: claude }, three: { bottle: mine, agent: shell } }
`,
  `
bottles: { mine: {} }
agents: { own: { bottle: mine, agent: shell } }
`,
);
const meant = (name: string): readonly string[] =>
  draftsMeant(manifest, name).map((draft) => `${draft.name} in ${draft.bottle.name}`);

test.each([
  ['dev', ['one in dev', 'two in dev']],
  ['mine', ['three in mine', 'own in mine']],
  ['one', ['one in dev']],
  ['idle', ['idle in idle']],
])('%s', (name, expected) => expect(meant(name)).toEqual(expected));

test('a bottle in which nobody works has its own env', () => {
  expect([...(draftsMeant(manifest, 'idle')[0]?.env.keys() ?? [])]).toEqual(['A']);
});

test('what is neither is refused', () => {
  expect(() => draftsMeant(manifest, 'nobody')).toThrow('there is no agent `nobody`');
});
