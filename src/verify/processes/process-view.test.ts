import { openSync, closeSync } from 'node:fs';
import { pid } from 'node:process';
import { expect, test } from 'vitest';
import {
  mayLookAt,
  parseLimits,
  parseSockets,
  parseStat,
  parseStatus,
  parseTables,
  viewProcess,
} from './process-view.ts';

test('the fields of stat are found behind any name', () => {
  const after = Array.from({ length: 50 }, (_, index) => String(index + 3));
  expect(parseStat(`7 (a) b ) ${after.join(' ')}`)).toEqual({ parent: 4, nice: 19, policy: 41 });
  expect(parseStat('')).toBeUndefined();
});

test('lines of status and limits are read by name', () => {
  expect(parseStatus('Name:\tsh\nUid:\t1000\t0\t0\t0\n')).toEqual({ Name: 'sh', Uid: '1000\t0\t0\t0' });
  const limits =
    'Limit    Soft Limit   Hard Limit   Units\nMax core file size        1       unlimited     bytes\n';
  expect(parseLimits(limits)).toEqual({ 'Max core file size': ['1', 'unlimited'] });
});

test('socket numbers are found in both forms of table', () => {
  const packet =
    'sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n0000 3      3    0003   0     1 0      0      3235838\n';
  const udp =
    '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n  77: 0100007F:A001 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 41234 2 0 0\n';
  expect(parseSockets(packet)).toEqual(['3235838']);
  expect(parseSockets(udp)).toEqual(['41234']);
  expect(parseSockets('')).toEqual([]);
});

test('IPv6 sockets count if they have their own address', () => {
  const line = (number: number, address: string): string =>
    `  ${number}: ${address}:0035 ${'0'.repeat(32)}:0000 07 00000000:00000000 00:00000000 00000000 0 0 ${number} 2 0 0`;
  const head =
    '  sl  local_address remote_address st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops';
  const any = line(1, '0'.repeat(32));
  const own = line(2, '00000000000000000000000001000000');
  const link = line(3, '000080FE00000000FF00FC0001000000');
  expect(parseSockets([head, any, own, link].join('\n'))).toEqual(['3']);
});

test('the addresses in route tables are found', () => {
  const text =
    'Local:\n  +-- 0.0.0.0/0 2 0 2\n     |-- 127.0.0.1\n        /32 host LOCAL\n     |-- 198.51.100.7\n';
  expect(parseTables(text)).toEqual(['127.0.0.1', '198.51.100.7']);
});

test('a process is viewed with its namespaces, limits and open files', () => {
  const fd = openSync('/dev/null', 'r');
  const view = viewProcess(pid);
  closeSync(fd);
  expect(view?.descriptors).toContainEqual(
    expect.objectContaining({ link: '/dev/null', device: 'char 1:3', writable: false }),
  );
  expect(view?.namespaces['user']).toMatch(/^user:/);
  expect(view?.limits['Max open files']).toBeDefined();
  expect(view?.mounts.length).toBeGreaterThan(0);
  expect(mayLookAt(pid)).toBe(true);
});

test('an absent process has no view', () => {
  expect(viewProcess(0x7fff_ffff)).toBeUndefined();
  expect(mayLookAt(0x7fff_ffff)).toBe(false);
});
