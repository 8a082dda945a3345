import { expect, test } from 'vitest';
import { PROBES } from './probes/index.ts';
import { FAMILIES, type FamilyName } from './probes/probe.ts';
import { selectProbes } from './select-probes.ts';

test('a family or a probe can be selected', () => {
  expect(selectProbes({ ids: ['tcp-host'] }).map(({ id }) => id)).toEqual(['tcp-host']);
  for (const family of Object.keys(FAMILIES) as FamilyName[]) {
    expect(selectProbes({ families: [family] }).every((probe) => probe.family === family)).toBe(true);
  }
  expect(selectProbes({})).toEqual(PROBES);
});

test('a family and a probe together select the probes that match both', () => {
  expect(selectProbes({ families: ['ways', 'dns'], ids: ['tcp-host'] }).map(({ id }) => id)).toEqual([
    'tcp-host',
  ]);
});

test.each([
  [{ ids: ['tcp-host', 'nope'] }, 'there is no probe nope here', 'bot-bottle verify --list'],
  [{ families: ['dns'], ids: ['tcp-host'] }, 'tcp-host is of the family ways; --family and', '--family ways'],
] as const)('a wrong selection %j gets the error %s', (selection, message, fix) => {
  expect(() => selectProbes(selection)).toThrow(
    expect.objectContaining({
      code: 'usage',
      message: expect.stringContaining(message) as string,
      fix: expect.stringContaining(fix) as string,
    }),
  );
});
