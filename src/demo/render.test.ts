import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { ATTEMPTS, CONTROLS } from './attempts.ts';
import type { DemoReport } from './demo.ts';
import { judge, summarise } from './judge.ts';
import { renderDemo } from './render.ts';

function reportWith(inTheBottle: readonly string[]): DemoReport {
  const attempts = ATTEMPTS.map((attempt) => judge({ attempt, inTheOpen: ['tcp'], inTheBottle, met: 'no' }));
  const controls = CONTROLS.map(({ id, claim }) => ({ id, claim, wentThrough: true, evidence: 'heard' }));
  return {
    rung: { runtime: 'bubblewrap', engine: 'bubblewrap', boundary: 'shared-kernel', why: 'as asked for' },
    attempts,
    controls,
    summary: summarise(attempts, controls),
    durationMs: 9_000,
  };
}

test("the demo's table fits into 100 columns", () => {
  const lines = stripVTControlCharacters(renderDemo(reportWith([]))).split('\n');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
});

test('the demo says in words that all attempts were stopped, or that one got out', () => {
  expect(renderDemo(reportWith([]))).toMatch(/All \d+ attempts were stopped/);
  expect(renderDemo(reportWith([]))).toContain('bot-bottle init');
  const breached = renderDemo(reportWith(['udp from 192.0.2.1']));
  expect(breached).toMatch(/Not proven on this host: 0 stopped, \d+ GOT OUT/);
  expect(breached).not.toContain('Next:');
});
