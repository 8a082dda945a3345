import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { assetPath } from '../../host/paths.ts';
import { PERL_OPTIONS, NOTHING_THERE, whyNotFound } from './processes.ts';
import { NOT_MADE } from './wire.ts';

const run = async (program: string, argv: readonly string[]): Promise<string> =>
  await promisify(execFile)(program, argv, PERL_OPTIONS).then(
    () => 'found',
    (error: unknown) => whyNotFound(error).message,
  );

/** A key that is not in use: this process only searches. */
const KEY = String(0x40_00_00_00 + process.pid);

test('a search that finds nothing says so', async () => {
  expect(await run('perl', [assetPath('verify/ipc.pl'), 'find', KEY])).toBe(NOTHING_THERE);
});

test.each([
  ['without its perl', 'perl-that-is-not-there', []],
  ['without its program', 'perl', [assetPath('verify/no-such.pl')]],
  ['whose program breaks', 'perl', ['-e', 'print STDERR "nothing was there?"; exit 1']],
  ['that is ended', 'perl', ['-e', 'kill KILL => $$']],
])('a search %s was not made', async (_, program, argv) => {
  expect(await run(program, argv)).toBe(NOT_MADE);
});
