import { expect, test } from 'vitest';
import { faultsOf, limitFaultsOf } from './confinement.ts';

test("the kernel's values are compared with the requested ones", () => {
  const status = 'Name:\tnode\nUid:\t7\t7\t7\t7\nGid:\t8\t8\t8\t8\nNoNewPrivs:\t1\n';
  const none = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']
    .map((name) => `${name}:\t0000000000000000\n`)
    .join('');
  expect(faultsOf(status + none, { uid: 7, gid: 8 })).toEqual([]);
  expect(faultsOf(status + none, { uid: 0, gid: 8 })).toHaveLength(1);
  expect(faultsOf(status.replace('Privs:\t1', 'Privs:\t0') + none, { uid: 7, gid: 8 })).toEqual([
    'NoNewPrivs is 0, not 1',
  ]);
  expect(faultsOf(status, { uid: 7, gid: 8 })).toHaveLength(5);
});

test('a limit is as requested only if its soft and hard values are', () => {
  const limits =
    'Limit                     Soft Limit           Hard Limit           Units     \n' +
    'Max data size             671088640            671088640            bytes     \n' +
    'Max core file size        1                    unlimited            bytes     \n';
  expect(limitFaultsOf(limits, { 'Max data size': 671_088_640 })).toEqual([]);
  expect(limitFaultsOf(limits, { 'Max data size': 67_108_864 })).toEqual([
    'the limit "Max data size" is not 67108864',
  ]);
  expect(limitFaultsOf(limits, { 'Max core file size': 1, 'Max open files': 1 })).toHaveLength(2);
});
