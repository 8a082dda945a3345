import { expect, test } from 'vitest';
import { HOST_KINDS } from '../../drivers/engine/hosts/table.ts';
import { AUTO, PLATFORMS } from '../../bottle/rungs/auto.ts';
import { explainAuto, explainHosts, nameOfRow, renderAuto, renderHosts } from './explain-hosts.ts';

const text = renderHosts(explainHosts());

test('the explanation of hosts fits into 100 columns', () => {
  const lines = `${text}\n${renderAuto(explainAuto())}`.split('\n');
  expect(lines.filter((line) => line.length > 100)).toEqual([]);
});

test('the explanation of auto lists the runtimes of each platform in order, each with its reason', () => {
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

test("the explanation's columns are aligned", () => {
  const lines = text.split('\n');
  const header = lines.find((line) => line.startsWith('HOST')) ?? '';
  const rows = lines.slice(lines.indexOf(header) + 1, lines.indexOf(header) + 1 + HOST_KINDS.length);
  for (const column of ['RUNGS', 'BOUNDARY', 'REFUSED']) {
    const at = header.indexOf(column);
    expect(rows.filter((row) => row[at - 1] !== ' ' || row[at] === ' ')).toEqual([]);
  }
});

test('the explanation lists each host with the next command, and the reason of a refusal', () => {
  for (const { title, why, next, refused } of explainHosts()) {
    const [, section = ''] = text.split(`\n\n${title}\n`);
    expect(section.split('\n\n')[0]).toContain(`  next      ${next}`);
    expect(section.split('\n\n')[0]?.includes('  refused   ')).toBe(refused !== 'no');
    expect(why === '').toBe(refused === 'no');
  }
});

test('the explanation is data that survives JSON', () => {
  const hosts = explainHosts();
  expect(JSON.parse(JSON.stringify(hosts))).toEqual(hosts);
  expect(hosts.map(({ kind }) => kind)).toEqual(HOST_KINDS);
});
