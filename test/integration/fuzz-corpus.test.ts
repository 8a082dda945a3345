import { expect, test } from 'vitest';
import { readCorpus } from '../../fuzz/engine/corpus.ts';
import { loadTarget, TARGETS } from '../../fuzz/target.ts';

test.each(TARGETS)('the inputs that fuzzing has kept of %s hold', async (name) => {
  const target = await loadTarget(name);
  const corpus = readCorpus(name);
  expect(corpus.length).toBeGreaterThan(0);
  for (const input of [...target.seeds.map((bytes) => Buffer.from(bytes)), ...corpus])
    await target.run(input);
});
