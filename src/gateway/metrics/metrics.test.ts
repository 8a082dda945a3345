import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderMetrics } from './render.ts';
import { Tally } from './tally.ts';

const finding = { detector: 'secret', id: 'KEY', fingerprint: 'f', where: 'body', encoding: 'raw' } as const;

function metricsOf(tally: Tally): string {
  return renderMetrics({ ...tally.counters(), bottle: 'b', openTunnels: 3, peakResidentBytes: 1_000 });
}

test('the tally counts decisions by verdict and rule, and ends by their outcome', () => {
  const tally = new Tally();
  tally.decided({ rule: 'egress.allow[0]', verdict: 'allow' });
  tally.decided({ rule: 'egress.allow[0]', verdict: 'allow', findings: [finding] });
  tally.decided({ rule: 'default', verdict: 'deny', findings: [finding, finding] });
  tally.ended({ bytes: 10 });
  tally.ended({ bytes: 5, usage: { input: 7, output: 8 } });
  const lines = metricsOf(tally)
    .split('\n')
    .filter((line) => !line.startsWith('#'));
  expect(lines).toEqual([
    'bot_bottle_decisions_total{bottle="b",verdict="allow",rule="egress.allow[0]"} 2',
    'bot_bottle_decisions_total{bottle="b",verdict="deny",rule="default"} 1',
    'bot_bottle_findings_total{bottle="b",detector="secret",verdict="allow"} 1',
    'bot_bottle_findings_total{bottle="b",detector="secret",verdict="deny"} 2',
    'bot_bottle_bytes_total{bottle="b"} 15',
    'bot_bottle_tokens_total{bottle="b",kind="input"} 7',
    'bot_bottle_tokens_total{bottle="b",kind="output"} 8',
    'bot_bottle_open_tunnels{bottle="b"} 3',
    'bot_bottle_peak_resident_memory_bytes{bottle="b"} 1000',
    '',
  ]);
});

test('every family has its description before its samples', () => {
  const text = metricsOf(new Tally());
  const families = [...text.matchAll(/^# HELP (\S+) .+\n# TYPE (\S+) (counter|gauge)$/gm)];
  expect(families.map(([, help, type]) => help === type)).toEqual(Array(6).fill(true));
});

test('a rule with any name is one line, and reads back unchanged', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('"', '\\', '\n', 'n', 'a', '{', '}') }), (rule) => {
      const tally = new Tally();
      tally.decided({ rule, verdict: 'deny' });
      const [sample] = metricsOf(tally).match(/^bot_bottle_decisions_total\{.*$/m) ?? [''];
      const [, value = ''] = /rule="((?:[^"\\]|\\.)*)"\} 1$/.exec(sample) ?? [];
      expect(value.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))).toBe(rule);
    }),
  );
});
