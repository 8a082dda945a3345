import { expect, test } from 'vitest';
import { refuseStray } from './verify-handler.ts';

/** The command line's values for flags that are not given. */
const NOTHING = { family: [], probe: [], list: false, json: false, yes: false, check: undefined };

test.each([
  [{}],
  [{ runtime: 'all', open: true, html: 'a', receipt: 'b', json: true }],
  [{ bottle: 'dev', manifest: 'm', yes: true, failOn: 'high', family: ['dns'] }],
  [{ list: true, json: true, family: ['dns'], probe: ['x'] }],
  [{ check: 'f', key: 'k', bottle: 'dev', manifest: 'm', json: true }],
])('%o can be combined', (flags) => {
  expect(() => refuseStray({ ...NOTHING, ...flags })).not.toThrow();
});

test.each([
  [{ key: 'k' }, '--key goes with --check only'],
  [{ manifest: 'm' }, '--manifest goes with --bottle only'],
  [{ bottle: 'dev', yes: true }, '--yes goes with --manifest only'],
  [{ failOn: 'high' }, '--fail-on goes with --bottle only'],
  [{ list: true, html: 'x' }, '--html does not go with --list'],
  [{ list: true, bottle: 'dev' }, '--bottle does not go with --list'],
  [{ list: true, runtime: 'runc' }, '--runtime does not go with --list'],
  [{ check: 'f', list: true }, '--list does not go with --check'],
  [{ check: 'f', networkForm: 'bridge' }, '--network-form does not go with --check'],
  [{ check: 'f', bottle: 'dev', failOn: 'high' }, '--fail-on does not go with --check'],
])('%o cannot be combined: %s', (flags, why) => {
  expect(() => refuseStray({ ...NOTHING, ...flags })).toThrow(why);
});
