import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programStamp } from './programs.ts';

test("a program's stamp changes with its file, and is its name if the file cannot be seen", () => {
  const dir = mkdtempSync(join(tmpdir(), 'programs-'));
  const path = join(dir, 'runsc');
  writeFileSync(path, 'one');
  const before = programStamp(path);
  writeFileSync(path, 'longer');
  expect(programStamp(path)).not.toBe(before);
  // An error other than a missing file, as in a folder that this user may not enter.
  const loop = join(dir, 'loop');
  symlinkSync(loop, loop);
  expect(programStamp(loop)).toBe(loop);
  rmSync(dir, { recursive: true });
  expect(programStamp(path)).toBe(path);
});
