import { arch } from 'node:process';
import { expect, test } from 'vitest';
import { confined } from '../../../src/drivers/sandbox/confined.ts';
import { ERRNO, SYSCALL_RULES, type Machine } from '../../../src/drivers/sandbox/syscalls.ts';
import { run } from '../../../src/host/run.ts';

/** The sandbox of one program that handles hostile input: a tar or a disk that came out of a machine. */

/** personality(2), READ_IMPLIES_EXEC: any process without a filter may set it. */
const ASK = 'my $was = syscall $ARGV[0], 0x400000; print $was < 0 ? $! + 0 : "done"';
const NUMBER = SYSCALL_RULES.find(({ name }) => name === 'personality')?.[arch as Machine];

async function sayOf(argv: readonly string[]): Promise<string> {
  const [program = '', ...args] = argv;
  const { stdout, stderr } = await run(program, args);
  return stdout + stderr;
}

test('a confined program has the system call filter of a bottle', async () => {
  const ask = ['perl', '-e', ASK, String(NUMBER)];
  expect(await sayOf(confined([], ask))).toBe(String(ERRNO.EPERM));
  expect(await sayOf(ask)).toBe('done'); // control
});

test('a confined program has no open descriptor of this process, not even the filter', async () => {
  const look = ['perl', '-e', 'print join " ", grep { open my $handle, "<&=", $_ } 0 .. 63'];
  expect(await sayOf(confined([], look))).toBe('0 1 2');
});

test('a confined program sees /usr and no other file of the host', async () => {
  const seen = (await sayOf(confined([], ['ls', '/']))).split('\n').filter(Boolean);
  expect(seen).toEqual(expect.arrayContaining(['usr', 'dev']));
  expect(seen.filter((name) => !/^(?:usr|dev|s?bin|lib(?:32|64|x32)?)$/.test(name))).toEqual([]);
});
