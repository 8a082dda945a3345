import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderMetrics } from '../../gateway/metrics/render.ts';
import { mergeFamilies, parseFamilies, renderFamilies } from './families.ts';
import { parseListen } from './serve.ts';

const metricsOf = (bottle: string, rule: string) => ({
  bottle,
  decisions: [{ verdict: 'deny' as const, rule, count: 3 }],
  findings: [],
  bytes: 1e21,
  tokens: { input: 1, output: 2 },
  openTunnels: 0,
  peakResidentBytes: 12_345,
});

/** Characters with a meaning in the format, and other kinds of line ends. */
const text = fc.string({
  unit: fc.constantFrom('a', '"', '\\', '\n', '\r', '\u2028', '{', '}', ' ', '#', '=', ','),
});

test('keeps the metrics of a gateway unchanged for any names of rules', () => {
  fc.assert(
    fc.property(text, text, (bottle, rule) => {
      const said = renderMetrics(metricsOf(bottle, rule));
      expect(renderFamilies(parseFamilies(said))).toBe(said);
    }),
  );
});

test('merges the samples of several gateways into one family each', () => {
  const all = ['one', 'two'].map((bottle) => parseFamilies(renderMetrics(metricsOf(bottle, 'r'))));
  const merged = mergeFamilies(all);
  const text = renderFamilies(merged);
  expect(text.match(/# TYPE bot_bottle_decisions_total counter/g)).toHaveLength(1);
  const decisions = merged.find(({ name }) => name === 'bot_bottle_decisions_total');
  expect(decisions?.samples).toEqual(
    ['one', 'two'].map((bottle) => ({ labels: { bottle, verdict: 'deny', rule: 'r' }, value: 3 })),
  );
});

test.each(['127.0.0.1:9464', '127.9.9.9:0', '[::1]:80'])(
  'accepts the loopback address %s for --listen',
  (text) => {
    expect(parseListen(text).port).toBeGreaterThanOrEqual(0);
  },
);

test.each([
  '0.0.0.0:9464',
  '[::]:80',
  '10.0.0.1:80',
  'localhost:80',
  '9464',
  '127.0.0.1:70000',
  '128.0.0.1:1',
])('refuses %s for --listen', (text) => {
  expect(() => parseListen(text)).toThrow('not a loopback address');
});
