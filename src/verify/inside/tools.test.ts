import { expect, test } from 'vitest';
import { lackIn } from './tools.ts';

test.each([`${process.version}\n`, 'v20.0.0\n', 'v22.21.1\n', 'v100.0.0-nightly2026\n'])(
  'nothing is missing with %j',
  (said) => {
    expect(lackIn(said)).toBeUndefined();
  },
);

test.each([
  ['node\nperl\n', 'no node, perl, with which'],
  ['perl\nv22.0.0\n', 'no perl, with which'],
  ['v18.20.4\n', 'Node v18.20.4, and the probes are made with Node 20 or newer'],
  ['v0.10.48\n', 'Node v0.10.48, and'],
  ['v2.20.0\n', 'Node v2.20.0, and'],
  ['', 'a node that does not say its version, and'],
  ['1.2.3\n', 'a node that does not say its version, and'],
])('the missing programs of %j are named', (said, lack) => {
  expect(lackIn(said)).toContain(lack);
});
