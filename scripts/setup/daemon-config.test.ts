import { describe, expect, it } from 'vitest';
import { mergeRuntimes, runscArguments, testRuntimes } from './daemon-config.ts';

describe('runscArguments', () => {
  it.each([
    ['runsc version 0.0~20240729.0', '6.18.4', ['--network=host']],
    ['runsc version 0.0~20240729.0', '6.11.0-rc1', ['--network=host']],
    ['runsc version 0.0~20240729.0', '6.10.9', []],
    ['runsc version release-20240807.0', '6.18.4', []],
    ['runsc version release-20260427.0', '7.1.0', []],
    ['runsc version something-else', '6.18.4', []],
  ])('%s on %s: %j', (version, kernel, expected) => {
    expect(runscArguments(version, kernel)).toEqual(expected);
  });
});

describe('mergeRuntimes', () => {
  const wanted = testRuntimes(['--network=host']);

  it('writes a new file where there is none', () => {
    const { text, added } = mergeRuntimes(undefined, wanted);
    expect(JSON.parse(text ?? '')).toEqual({ runtimes: wanted });
    expect(added).toEqual(Object.keys(wanted));
  });

  it('keeps every setting and every runtime that is there, and says which differ', () => {
    const mine = {
      'log-driver': 'journald',
      runtimes: { runsc: { path: '/opt/runsc' }, mine: { path: '/opt/mine' } },
    };
    const { text, added, kept } = mergeRuntimes(JSON.stringify(mine), wanted);
    const merged = JSON.parse(text ?? '') as typeof mine;
    expect(merged['log-driver']).toBe('journald');
    expect(merged.runtimes).toMatchObject(mine.runtimes);
    expect(added).not.toContain('runsc');
    expect(kept).toEqual(['runsc']);
  });

  it('has nothing to write the second time', () => {
    const first = mergeRuntimes('', wanted).text;
    expect(mergeRuntimes(first, wanted)).toEqual({ text: undefined, added: [], kept: [] });
  });

  it('refuses a file that is not JSON, rather than replace it', () => {
    expect(() => mergeRuntimes('{ broken', wanted)).toThrow(SyntaxError);
  });
});
