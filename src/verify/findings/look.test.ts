import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lookAtProject } from './look.ts';

let project: string;
beforeAll(() => {
  project = mkdtempSync('/var/tmp/bb-look-');
});
afterAll(() => rmSync(project, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
}

test('an empty folder has no facts', async () => {
  expect(await lookAtProject(project)).toEqual({
    isRepository: false,
    executed: [],
    secrets: [],
    sharedFiles: [],
  });
});

test("a project's repository, the programs run in it and its secrets are facts", async () => {
  write('.git/hooks/pre-commit', '#!/bin/sh\n');
  write('.github/workflows/ci.yml', 'on: push\n');
  write('packages/app/Makefile', 'all:\n');
  write('node_modules/x/Makefile', 'all:\n');
  write('src/plain.txt', 'text\n');
  write('.env', 'API_KEY=x\n');
  const { isRepository, executed, secrets } = await lookAtProject(project);
  expect(isRepository).toBe(true);
  expect(executed.map(({ path }) => path).toSorted()).toEqual([
    '.env',
    '.github/workflows',
    'packages/app/Makefile',
  ]);
  expect(secrets.map(({ path }) => path)).toEqual(['.env']);
});
