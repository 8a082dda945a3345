import { expect, test } from 'vitest';
import { answerQuestions, type Ask } from './answers.ts';

const QUESTIONS = [
  { variable: 'TICKET', question: 'Which ticket' },
  { variable: 'BRANCH', question: 'Which \u001b[2Jbranch' },
];
const echo: Ask = async (question, flag) => await Promise.resolve(`${question} (${flag})`);

test('what is given is not asked', async () => {
  const answers = await answerQuestions(QUESTIONS, ['TICKET=A=1'], echo);
  expect(Object.fromEntries(answers)).toEqual({
    TICKET: 'A=1',
    BRANCH: 'Which \\u{1b}[2Jbranch (--set BRANCH=...)',
  });
});

test('a setting that answers nothing is a mistake', async () => {
  await expect(answerQuestions(QUESTIONS, ['TICKETS=1'], echo)).rejects.toMatchObject({
    code: 'usage',
    fix: 'did you mean --set TICKET=...?',
  });
  await expect(answerQuestions([], ['A=1'], echo)).rejects.toMatchObject({ code: 'usage' });
});

test('a setting without a value is a mistake, and is not repeated in the message', async () => {
  await expect(answerQuestions(QUESTIONS, ['s3cret'], echo)).rejects.toMatchObject({
    code: 'usage',
    message: '--set takes NAME=value',
  });
});
