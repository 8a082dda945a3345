import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { nodePrefixOf, parseCpuList } from './facts.ts';

test.each([
  ['0-3', [0, 1, 2, 3]],
  ['0-1,4,6-7', [0, 1, 4, 6, 7]],
  ['5', [5]],
  ['', []],
])('CPUs %j', (list, cpus) => {
  expect(parseCpuList(list)).toEqual(cpus);
});

describe('where Node is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'node-prefix-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function install(prefix: string, withHeaders: boolean): string {
    mkdirSync(join(prefix, 'bin'), { recursive: true });
    if (withHeaders) mkdirSync(join(prefix, 'include', 'node'), { recursive: true });
    writeFileSync(join(prefix, 'bin', 'node'), '');
    return join(prefix, 'bin', 'node');
  }

  test('is its own prefix', () => {
    expect(nodePrefixOf(install(join(folder, 'v20'), true))).toBe(join(folder, 'v20'));
  });

  test('is not a folder that holds other things: a home must not come along', () => {
    expect(nodePrefixOf(install(join(folder, 'somebody'), false))).toBeUndefined();
    const node = install(join(folder, 'home', 'u'), true);
    expect(nodePrefixOf(node)).toBe(join(folder, 'home', 'u'));
    expect(nodePrefixOf(node, join(folder, 'home', 'u'))).toBeUndefined();
    expect(nodePrefixOf(node, join(folder, 'home', 'u', 'below'))).toBeUndefined();
  });
});
