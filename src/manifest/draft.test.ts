import { expect, test } from 'vitest';
import { manifestOf } from '../../test/support/manifest.ts';
import { draftsMeant, answerQuestions, type Ask } from './draft.ts';

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
])('an agent is selected: %s', (name, expected) => expect(meant(name)).toEqual(expected));

test('a bottle without an agent has its own env', () => {
  expect([...(draftsMeant(manifest, 'idle')[0]?.env.keys() ?? [])]).toEqual(['A']);
});

test('another name is refused', () => {
  expect(() => draftsMeant(manifest, 'nobody')).toThrow('there is no agent `nobody`');
});

const QUESTIONS = [
  { variable: 'TICKET', question: 'Which ticket' },
  { variable: 'BRANCH', question: 'Which \u001b[2Jbranch' },
];
const echo: Ask = async (question, flag) => await Promise.resolve(`${question} (${flag})`);

test('a given answer is not asked for', async () => {
  const answers = await answerQuestions(QUESTIONS, ['TICKET=A=1'], echo);
  expect(Object.fromEntries(answers)).toEqual({
    TICKET: 'A=1',
    BRANCH: 'Which \\u{1b}[2Jbranch (--set BRANCH=...)',
  });
});

test('a --set without a question is refused', async () => {
  await expect(answerQuestions(QUESTIONS, ['TICKETS=1'], echo)).rejects.toMatchObject({
    code: 'usage',
    fix: 'did you mean --set TICKET=...?',
  });
  await expect(answerQuestions([], ['A=1'], echo)).rejects.toMatchObject({ code: 'usage' });
});

test('a --set without a value is refused, and is not repeated in the message', async () => {
  await expect(answerQuestions(QUESTIONS, ['s3cret'], echo)).rejects.toMatchObject({
    code: 'usage',
    message: '--set takes NAME=value',
  });
});
