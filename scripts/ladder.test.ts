import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allRungs } from '../src/bottle/rungs/rung-checks.ts';
import { packageRoot } from '../src/host/paths.ts';
import { LADDER, renderLadder } from './ladder.ts';

const textOf = (path: string): string => readFileSync(join(packageRoot(), path), 'utf8');

test('README has the ladder as it is', () => {
  expect(textOf('README.md')).toContain(`\n\n${renderLadder(LADDER)}\n\n`);
});

test('every rung of every driver is in it, once', () => {
  const listed = LADDER.flatMap(({ runtimes, engine }) =>
    runtimes.map((runtime) => `${runtime} on ${engine ?? runtime}`),
  );
  expect(listed.toSorted()).toEqual(
    allRungs()
      .map(({ runtime, engine }) => `${runtime} on ${engine}`)
      .toSorted(),
  );
});

test('each is tested by files that are there, all of them on that rung', () => {
  const all = readdirSync(join(packageRoot(), 'test/conformance')).filter((file) =>
    file.endsWith('.test.ts'),
  );
  for (const { runtimes, engine, files } of LADDER) {
    for (const part of files) {
      const taken = all.filter((file) => file.includes(part));
      expect(taken, part).not.toEqual([]);
      for (const file of taken) {
        const text = textOf(`test/conformance/${file}`);
        expect(runtimes.some((runtime) => text.includes(`runtime: '${runtime}'`))).toBe(true);
        expect(text, file).toContain(`engine: '${engine ?? runtimes[0]}'`);
      }
    }
  }
});

test('what a stand-in has tested has a guide, which says that the thing itself was never run', () => {
  for (const { tested, guide } of LADDER) expect(guide !== undefined).toBe(tested === 'stand-in');
  for (const guide of LADDER.flatMap((row) => row.guide ?? [])) {
    const [, first = ''] = textOf(guide).split('\n\n');
    expect(first).toMatch(/^\*\*.* itself has not been run by us\.\*\*/);
  }
});
