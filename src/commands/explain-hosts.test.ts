import { expect, test } from 'vitest';
import { HOST_KINDS } from '../drivers/engine/hosts/table.ts';
import { explainHosts, renderHosts } from './explain-hosts.ts';

const text = renderHosts(explainHosts());

test('it fits 100 columns', () => {
  expect(text.split('\n').filter((line) => line.length > 100)).toEqual([]);
});

test('its columns are aligned', () => {
  const lines = text.split('\n');
  const header = lines.find((line) => line.startsWith('HOST')) ?? '';
  const rows = lines.slice(lines.indexOf(header) + 1, lines.indexOf(header) + 1 + HOST_KINDS.length);
  for (const column of ['RUNGS', 'BOUNDARY', 'REFUSED']) {
    const at = header.indexOf(column);
    expect(rows.filter((row) => row[at - 1] !== ' ' || row[at] === ' ')).toEqual([]);
  }
});

test('each host is there with what to type next, and with why where it is refused', () => {
  for (const { title, why, next, refused } of explainHosts()) {
    const [, section = ''] = text.split(`\n\n${title}\n`);
    expect(section.split('\n\n')[0]).toContain(`  next      ${next}`);
    expect(section.split('\n\n')[0]?.includes('  refused   ')).toBe(refused !== 'no');
    expect(why === '').toBe(refused === 'no');
  }
});

test('the table is data: it goes through JSON as it is', () => {
  const hosts = explainHosts();
  expect(JSON.parse(JSON.stringify(hosts))).toEqual(hosts);
  expect(hosts.map(({ kind }) => kind)).toEqual(HOST_KINDS);
});
