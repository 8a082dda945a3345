import { expect, test } from 'vitest';
import { assetPath } from '../host/paths.ts';
import { ATTEMPTS, CONTROLS } from './attempts.ts';

/** The tables of the program: what it can do, by id. */
async function programIds(): Promise<string[]> {
  const files = { 'network.mjs': 'NETWORK', 'by-proxy.mjs': 'BY_PROXY', 'loot.mjs': 'LOOT' };
  const tables = Object.entries(files).map(async ([file, name]) => {
    const module = (await import(assetPath(`demo/${file}`))) as Record<string, object>;
    return Object.keys(module[name] ?? {});
  });
  return (await Promise.all(tables)).flat();
}

test('the program has every attempt that is claimed, and no other', async () => {
  expect((await programIds()).sort()).toEqual(ATTEMPTS.map(({ id }) => id).sort());
});

test('at least sixteen attempts are made on a host with nothing but IPv4', () => {
  const always = ATTEMPTS.filter(({ needs }) => needs === undefined || needs === 'ip4');
  expect(always.length).toBeGreaterThanOrEqual(16);
});

test('ids are unique, and a claim leaves room in a table of 100 columns', () => {
  const ids = [...ATTEMPTS, ...CONTROLS].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { claim } of ATTEMPTS) expect(claim.length).toBeLessThanOrEqual(60);
});
