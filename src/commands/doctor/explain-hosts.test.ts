import { expect, test } from 'vitest';
import { HOST_KINDS } from '../../drivers/engine/hosts/table.ts';
import { AUTO, PLATFORMS } from '../../bottle/rungs/auto.ts';
import { explainAuto, explainHosts, nameOfRow, renderAuto, renderHosts } from './explain-hosts.ts';

const text = renderHosts(explainHosts());

test('it fits 100 columns', () => {
  const lines = `${text}\n${renderAuto(explainAuto())}`.split('\n');
  expect(lines.filter((line) => line.length > 100)).toEqual([]);
});

test('what auto takes is there for each platform, in its order, each with why', () => {
  const shown = renderAuto(explainAuto());
  for (const platform of PLATFORMS) {
    const { title, rows, otherwise } = AUTO[platform];
    const [, section = ''] = shown.split(`\n${title}\n`);
    const lines = section
      .split('\n\n')[0]
      ?.split('\n')
      .map((line) => line.trim().replace(/ {2,}/, ': '));
    expect(lines).toEqual([...rows.map((row) => `${nameOfRow(row)}: ${row.why}`), `else: ${otherwise}`]);
  }
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
