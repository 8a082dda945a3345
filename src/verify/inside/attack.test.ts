import { anything, assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { parseAgentMessage } from './attack.ts';

test('messages of the attack program are parsed', () => {
  expect(parseAgentMessage('{"begins":"git","command":"git init"}')).toEqual({
    kind: 'begins',
    what: 'git init',
  });
  expect(parseAgentMessage('{"control":"git","ok":true,"said":""}')).toMatchObject({
    kind: 'control',
    ok: true,
  });
  expect(parseAgentMessage('{"attempt":"kill","met":"ESRCH"}')).toMatchObject({
    kind: 'attempt',
    met: 'ESRCH',
  });
});

test('any other line is no message', () => {
  const isNothing = (line: string): void => {
    expect(parseAgentMessage(line)).toBeUndefined();
  };
  assert(property(string(), (line) => isNothing(`x${line}`)));
  assert(property(anything(), (value) => isNothing(JSON.stringify({ value }))));
});

test('a message contains nothing that a terminal obeys', () => {
  const word = parseAgentMessage(
    JSON.stringify({ control: 'git', ok: false, said: '\u001b]52;c;aGk=\u0007 done' }),
  );
  expect(JSON.stringify(word)).not.toMatch(/\\u001b|\\u0007/);
});
