import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { nodeMountOf, parseCpuList } from './facts.ts';

test.each([
  ['0-3', [0, 1, 2, 3]],
  ['0-1,4,6-7', [0, 1, 4, 6, 7]],
  ['5', [5]],
  ['', []],
])('the CPU list %j is read', (list, cpus) => {
  expect(parseCpuList(list)).toEqual(cpus);
});

describe('the folder of Node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'node-prefix-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function install(prefix: string, withHeaders: boolean): string {
    mkdirSync(join(prefix, 'bin'), { recursive: true });
    if (withHeaders) mkdirSync(join(prefix, 'include', 'node'), { recursive: true });
    writeFileSync(join(prefix, 'bin', 'node'), '');
    return join(prefix, 'bin', 'node');
  }

  const alone = (hostPath: string) => ({ hostPath, guestPath: '/opt/node/bin/node', readOnly: true });

  test("Node's own folder is mounted", () => {
    const hostPath = join(folder, 'v20');
    const mount = { hostPath, guestPath: '/opt/node', readOnly: true };
    expect(nodeMountOf(install(hostPath, true))).toEqual(mount);
  });

  test("only Node's program is mounted where its folder has other files, like a home", () => {
    const node = install(join(folder, 'somebody'), false);
    expect(nodeMountOf(node)).toEqual(alone(node));
    const home = join(folder, 'home', 'u');
    const inHome = install(home, true);
    expect(nodeMountOf(inHome, [home])).toEqual(alone(inHome));
    expect(nodeMountOf(inHome, [join(home, 'below')])).toEqual(alone(inHome));
  });

  test('Node in a system folder needs no mount', () => {
    expect(nodeMountOf('/usr/bin/env')).toBeUndefined();
  });
});
