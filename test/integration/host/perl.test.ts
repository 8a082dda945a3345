import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { assetPath } from '../../../src/host/paths.ts';
import { run } from '../../../src/host/run.ts';

/** Our Perl programs print no warnings of their own: users would see these beside every error. */

const names = readdirSync(assetPath('.'), { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.p[lm]$/.test(name),
);

test.each(names)('%s compiles without a warning', async (name) => {
  const { stderr } = await run('perl', ['-I', assetPath('verify'), '-c', assetPath(name)]);
  expect(stderr.trim()).toMatch(/^\S+ syntax OK$/);
});
