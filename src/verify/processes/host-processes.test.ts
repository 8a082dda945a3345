import { expect, test, vi } from 'vitest';
import { watchClock, watchLateness } from './host-processes.ts';

test("the host's clock is read, whoever asks", async () => {
  using clock = watchClock();
  await vi.waitUntil(() => clock.marks.size > 0, { timeout: 20_000 });
  expect([...clock.marks].every((error) => Number.isSafeInteger(error) && error >= 0)).toBe(true);
});

const found = (...nonces: readonly string[]) => nonces.map((nonce) => ({ nonce }));

test('a process seen just before or after a pause may have been overlooked', () => {
  const lateness = watchLateness(0);
  lateness.looked(found('early', 'before'), { beganMs: 100, endedMs: 150 });
  lateness.looked(found('before'), { beganMs: 700, endedMs: 790 });
  lateness.looked(found('after'), { beganMs: 1_490, endedMs: 1_501 });
  lateness.looked(found('later'), { beganMs: 1_590, endedMs: 1_600 });
  expect(
    ['early', 'before', 'after', 'later', 'never'].filter((nonce) => lateness.of(nonce) !== undefined),
  ).toEqual(['before', 'after']);
  expect(lateness.of('before')).toBe(
    'this host did not look for 801 ms, but the attacker holds its loot for only 800',
  );
});

test('a look that takes long is a pause too', () => {
  const lateness = watchLateness(0);
  lateness.looked(found('one'), { beganMs: 100, endedMs: 900 });
  lateness.looked(found('other'), { beganMs: 910, endedMs: 920 });
  expect([lateness.of('one'), lateness.of('other')].map((why) => why !== undefined)).toEqual([true, true]);
});

test('the time before the first look is a pause too', () => {
  const lateness = watchLateness(0);
  lateness.looked(found('one'), { beganMs: 1_000, endedMs: 1_001 });
  expect(lateness.of('one')).toContain('1001 ms');
});
