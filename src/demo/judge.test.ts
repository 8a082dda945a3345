import { array, assert, boolean, constantFrom, property, record, string } from 'fast-check';
import { expect, test } from 'vitest';
import { judge, summarise, type Seen } from './judge.ts';

const attempt = { id: 'a', attack: 'get out' };
const seen = (part: Partial<Seen>): Seen => ({
  attempt,
  inTheOpen: ['tcp on 192.0.2.1'],
  inTheBottle: [],
  met: 'connect ENETUNREACH',
  ...part,
});

test('an attempt that works in the open and is not seen from the bottle was stopped', () => {
  expect(judge(seen({})).verdict).toBe('stopped');
});

test('an observation outside is a breach, whatever else is missing', () => {
  assert(
    property(boolean(), boolean(), (works, made) => {
      const row = judge(
        seen({
          inTheBottle: ['udp from 192.0.2.9'],
          inTheOpen: works ? ['tcp'] : [],
          met: made ? 'nothing in its way' : undefined,
        }),
      );
      expect(row).toMatchObject({ verdict: 'breached', evidence: 'seen outside: udp from 192.0.2.9' });
    }),
  );
});

test('silence proves nothing where the attempt fails in the open too, or was never made', () => {
  expect(judge(seen({ inTheOpen: [] })).verdict).toBe('unproven');
  expect(judge(seen({ met: undefined })).verdict).toBe('unproven');
});

test('the demo holds only if there were attempts and controls, all stopped and all successful', () => {
  const rows = array(record({ verdict: constantFrom('stopped', 'breached', 'unproven') }));
  const controls = array(record({ wentThrough: boolean(), id: string() }));
  assert(
    property(rows, controls, (attempts, controls) => {
      const summary = summarise(
        attempts.map((row) => ({ ...judge(seen({})), ...row })) as Parameters<typeof summarise>[0],
        controls.map((control) => ({ ...control, claim: '', evidence: '' })),
      );
      expect(summary.held).toBe(
        attempts.length > 0 &&
          controls.length > 0 &&
          attempts.every(({ verdict }) => verdict === 'stopped') &&
          controls.every(({ wentThrough }) => wentThrough),
      );
    }),
  );
});
