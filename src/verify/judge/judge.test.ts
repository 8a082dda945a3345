import { assert, constantFrom, option, property } from 'fast-check';
import { expect, test, describe } from 'vitest';
import {
  judge,
  notApplicable,
  notMade,
  summarise,
  type Seen,
  whyDeaf,
  whyOverlooked,
  whyUnanswered,
  OUTSIDE,
  whyShort,
  whyNot,
} from './judge.ts';
import { PROBES } from '../probes/index.ts';
import { NO_ANSWER, UNHINDERED } from '../guest/wire.ts';
import { SIBLING_IDS } from '../probes/ways/siblings.ts';
import type { Measure } from '../probes/probe.ts';
import { DRIVERS } from '../../drivers/index.ts';
import { viewHost, type HostView } from '../arena/host-view.ts';

const RUNGS = DRIVERS.flatMap(({ rungs }) => rungs);
/** Inspecting the host takes some hundred milliseconds. */
const host = await viewHost();

test.each(['tcp-beyond', 'udp-beyond', 'dns-beyond'])(
  'without a listener beyond this host, the row of %s says why, and is made otherwise',
  (id) => {
    const [probe, [rung]] = [PROBES.find((probe) => probe.id === id), RUNGS];
    if (probe === undefined || rung === undefined) throw new Error('there is a rung, and such a probe');
    const why = (beyond: HostView['beyond']): string | undefined =>
      whyNot(probe, {
        rung,
        host: { ...host, beyond },
        firstPid: undefined,
        isMounted: false,
        hasBait: false,
      });
    expect(why({ at: undefined, missing: 'not possible: no ip' })).toMatch(/beyond .*: not possible: no ip/);
    expect(why({ at: { ip4: '198.51.100.1' }, missing: undefined })).toBeUndefined();
  },
);

test.each(RUNGS)('without bait none is sent, and all other attempts are made: $engine $runtime', (rung) => {
  const skipped = (hasBait: boolean): readonly string[] =>
    PROBES.filter(
      (probe) =>
        probe.family === 'leaks' &&
        whyNot(probe, { rung, host, firstPid: undefined, isMounted: false, hasBait }) !== undefined,
    ).map(({ id }) => id);
  expect(skipped(false)).toEqual(['leak-bait', 'leak-bait-base64']);
  expect(skipped(true)).toEqual([]);
});

const having = (most: number | undefined, bound = 1_000) => ({ most: () => most, bound: () => bound });
const limitOf = (of: Measure) => ({ oracle: { kind: 'exceeds', of } }) as const;

describe.each(['tmp', 'processes', 'memory'] as const)('attempts to exceed the limit of %s', (of) => {
  test('an attempt that was refused, or killed by the kernel, reached its limit', () => {
    expect(whyShort(limitOf(of), 'ENOSPC: no space left on device', having(10))).toBeUndefined();
    expect(whyShort(limitOf(of), 'the program that made it was ended', having(10))).toBeUndefined();
  });

  test('an attempt that was not refused reached its limit where it used all there was', () => {
    expect(whyShort(limitOf(of), UNHINDERED, having(1_000))).toBeUndefined();
    expect(whyShort(limitOf(of), UNHINDERED, having(900))).toBeUndefined();
  });

  test('an attempt that was not refused proves nothing far from its limit, or without a reading', () => {
    expect(whyShort(limitOf(of), UNHINDERED, having(899))).toContain('899, of 1000');
    expect(whyShort(limitOf(of), UNHINDERED, having(undefined))).toBeDefined();
    expect(whyShort(limitOf(of), UNHINDERED, undefined)).toBeDefined();
    expect(whyShort(limitOf(of), UNHINDERED, having(5, Infinity))).toBeDefined();
  });
});

test.each(OUTSIDE)('few kept things outside prove the limit only where all were made: %s', (of) => {
  expect(whyShort(limitOf(of), UNHINDERED, having(10))).toBeUndefined();
  expect(whyShort(limitOf(of), 'it was not all taken', having(10))).toContain('it was not all taken');
});

test('other probes have no limit, and attempts that were not made are reported elsewhere', () => {
  const others = PROBES.filter(({ oracle }) => oracle.kind !== 'exceeds');
  expect(others.filter((probe) => whyShort(probe, UNHINDERED, undefined) !== undefined)).toEqual([]);
  expect(whyShort(limitOf('tmp'), undefined, undefined)).toBeUndefined();
});

const ears = { captureMissed: 'lost', beyondMissed: 'ended', siblingMissed: 'dead' };
const deaf = (word: string): string[] =>
  PROBES.filter((probe) => whyDeaf(probe, ears) === word).map(({ id }) => id);

test('a probe that only the capture can see is unproven where it lost packets', () => {
  expect(deaf('lost')).toEqual(PROBES.filter(({ needs }) => needs === 'capture').map(({ id }) => id));
  expect(deaf('lost')).toContain('icmp-echo');
});

test('a probe that only the listener beyond can see is unproven where it stopped receiving', () => {
  expect(deaf('ended')).toEqual(['tcp-beyond', 'udp-beyond', 'dns-beyond']);
});

test('a probe that only the sibling can see is unproven where it stopped receiving', () => {
  expect(deaf('dead')).toEqual([...SIBLING_IDS]);
});

test('all other probes are seen by listeners, and all are proven where nothing was missed', () => {
  const others = PROBES.filter((probe) => whyDeaf(probe, ears) === undefined);
  expect(others.length).toBe(PROBES.length - [deaf('lost'), deaf('ended'), deaf('dead')].flat().length);
  const none = {
    captureMissed: undefined,
    beyondMissed: undefined,
    siblingMissed: undefined,
  };
  expect(PROBES.every((probe) => whyDeaf(probe, none) === undefined)).toBe(true);
});

describe('attempts without an answer', () => {
  const unproven = PROBES.filter((probe) => whyUnanswered(probe, NO_ANSWER) !== undefined);

  test('an attempt without an answer was made where packets are dropped silently', () => {
    const silent = PROBES.filter((probe) => !unproven.includes(probe));
    expect(silent.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['tcp-host', 'dns-tcp', 'life-gateway-killed']),
    );
    expect(new Set(silent.map(({ family }) => family))).toEqual(new Set(['ways', 'dns', 'life']));
  });

  test('an attempt without an answer may not have been made where a gateway, a kernel or a file answers', () => {
    const ids = unproven.map(({ id }) => id);
    expect(ids).toEqual(
      expect.arrayContaining(['name-slash', 'echo-body', 'metadata-name', 'route-add', 'life-ipc']),
    );
  });

  test('an attempt that met something has an answer', () => {
    expect(PROBES.filter((probe) => whyUnanswered(probe, 'HTTP/1.1 403 Forbidden') !== undefined)).toEqual(
      [],
    );
    expect(PROBES.filter((probe) => whyUnanswered(probe, undefined) !== undefined)).toEqual([]);
  });
});

test('an attempt by a process may have been overlooked where this host paused', () => {
  const processes = { missed: (nonce: string) => (nonce === 'late' ? 'paused' : undefined) };
  const overlooked = PROBES.filter((probe) => whyOverlooked(probe, 'late', processes) === 'paused');
  expect(overlooked).toEqual(PROBES.filter(({ oracle }) => oracle.kind === 'process'));
  expect(overlooked.filter((probe) => whyOverlooked(probe, 'seen', processes) !== undefined)).toEqual([]);
});

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

test('an attempt that is not seen outside, with a control that is, was held', () => {
  expect(judge(seen({}))).toMatchObject({ result: 'held', control: 'passed', id: probe.id });
});

test('an observation outside is a breach, whatever else is missing', () => {
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

test('silence proves nothing where no listener could have received it', () => {
  const row = judge(seen({ doubt: 'the capture lost 3 packets unseen' }));
  expect(row).toMatchObject({ result: 'unproven', control: 'passed' });
  expect(row.evidence).toContain('lost 3 packets');
  expect(judge(seen({ doubt: 'lost', successes: ['udp'] })).result).toBe('breached');
});

test('an attempt that could not be made proves nothing, with the reason', () => {
  const row = notMade(probe, 'root', 'the bottle did not start');
  expect(row).toMatchObject({ id: probe.id, user: 'root', control: 'none', result: 'unproven' });
  expect(row.evidence).toContain('the bottle did not start');
});

test('rows are counted by result', () => {
  const rows = [judge(seen({})), judge(seen({ met: undefined })), notApplicable(probe, 'root', 'no root')];
  expect(summarise(rows)).toEqual({ held: 1, breached: 0, unproven: 1, notApplicable: 1 });
});
