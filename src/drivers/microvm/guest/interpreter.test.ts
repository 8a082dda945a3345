import { expect, test } from 'vitest';
import { withInterpreter } from './interpreter.ts';

const program = Buffer.from('\u007fELF..\0/lib64/ld.so.2\0rest', 'latin1');

test('the path is replaced, and nothing else moves', () => {
  const made = withInterpreter(program, '/lib64/ld.so.2', '/run/ld.so');
  expect(made.toString('latin1')).toBe('\u007fELF..\0/run/ld.so\0\0\0\0\0rest');
  expect(program.includes('/lib64/ld.so.2')).toBe(true);
});

test('what has no room, or another loader, is refused', () => {
  expect(() => withInterpreter(program, '/lib64/ld.so.2', '/run/bot-bottle/ld.so')).toThrow('longer');
  expect(() => withInterpreter(program, '/lib/ld.so', '/run/ld.so')).toThrow('not started by /lib/ld.so');
});
