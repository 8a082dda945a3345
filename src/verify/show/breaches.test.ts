import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { reportOf, rowOf, rungOf } from '../../../test/support/verify/verify-report.ts';
import type { ProbeRow } from '../report.ts';
import { breachBlocks } from './breaches.ts';

const GRANT = '`workspace: mount` (bot-bottle.yaml:3:5)';

const blocksOf = (probes: readonly ProbeRow[]): string[] =>
  breachBlocks(reportOf([rungOf({ probes })])).map((lines) =>
    stripVTControlCharacters(lines.join(' ')).replaceAll(/\s+/g, ' '),
  );

test('dozens that one setting gave are one block, with their ids by who got out', () => {
  const probes = Array.from({ length: 76 }, (_, at) =>
    rowOf('breached', { id: `probe-${at}`, grant: GRANT, user: at < 70 ? 'agent' : 'root' }),
  );
  const [block = '', ...others] = blocksOf([...probes, rowOf('held')]);
  expect(others).toEqual([]);
  expect(block).toContain(`BREACHED: 76 claims, given by ${GRANT}`);
  expect(block).toMatch(/got out runsc\/docker as agent: probe-0, probe-1, .* probe-69 got out/);
  expect(block).toContain('got out runsc/docker as root: probe-70, ');
  expect(block.match(/again/g)).toHaveLength(1);
});

test('each setting has its block, after what none of them gave', () => {
  const rows = [{ grant: GRANT }, {}, { grant: '`env`' }].map((part, at) =>
    rowOf('breached', { id: `probe-${at}`, claim: `It ${at} holds.`, ...part }),
  );
  expect(blocksOf(rows).map((block) => /BREACHED: (.*?) (?:tried|got out)/.exec(block)?.[1])).toEqual([
    'It 1 holds.',
    `1 claim, given by ${GRANT}`,
    '1 claim, given by `env`',
  ]);
});
