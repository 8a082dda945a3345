import { assert, constantFrom, option, property } from 'fast-check';
import { expect, test } from 'vitest';
import { judge, notApplicable, notMade, summarise, type Seen } from './judge.ts';
import { PROBES } from '../probes/index.ts';

const [probe] = PROBES;
if (probe === undefined) throw new Error('there are no probes');
const seen = (part: Partial<Seen>): Seen => ({
  probe,
  user: 'agent',
  successes: [],
  met: 'connect ENETUNREACH',
  control: 'tcp on 192.0.2.1',
  controlMet: undefined,
  ...part,
});

test('an attempt that is not seen outside, while its control is, was held', () => {
  expect(judge(seen({}))).toMatchObject({ result: 'held', control: 'passed', id: probe.id });
});

test('what was seen outside is a breach, whatever else is missing', () => {
  const word = option(constantFrom('something'), { nil: undefined });
  assert(
    property(word, word, (met, control) => {
      expect(judge(seen({ successes: ['udp from 192.0.2.9'], met, control }))).toMatchObject({
        result: 'breached',
        evidence: 'seen outside: udp from 192.0.2.9',
      });
    }),
  );
});

test('silence proves nothing without a control, or where the attempt was not made', () => {
  const row = judge(seen({ control: undefined, controlMet: 'connect ECONNREFUSED' }));
  expect(row).toMatchObject({ result: 'unproven', control: 'failed' });
  expect(row.evidence).toContain('ECONNREFUSED');
  expect(judge(seen({ met: undefined })).result).toBe('unproven');
});

test('silence proves nothing where nobody could have heard', () => {
  const row = judge(seen({ doubt: 'the capture lost 3 packets unseen' }));
  expect(row).toMatchObject({ result: 'unproven', control: 'passed' });
  expect(row.evidence).toContain('lost 3 packets');
  expect(judge(seen({ doubt: 'lost', successes: ['udp'] })).result).toBe('breached');
});

test('what could not be made proves nothing, and says why', () => {
  const row = notMade(probe, 'root', 'the bottle did not start');
  expect(row).toMatchObject({ id: probe.id, user: 'root', control: 'none', result: 'unproven' });
  expect(row.evidence).toContain('the bottle did not start');
});

test('rows are counted by result', () => {
  const rows = [judge(seen({})), judge(seen({ met: undefined })), notApplicable(probe, 'root', 'no root')];
  expect(summarise(rows)).toEqual({ held: 1, breached: 0, unproven: 1, notApplicable: 1 });
});
