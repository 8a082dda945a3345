import { expect, test, vi } from 'vitest';
import { watchClock } from './clock-marks.ts';

test("this host's clock is read, whoever asks", async () => {
  using clock = watchClock();
  await vi.waitUntil(() => clock.marks.size > 0, { timeout: 20_000 });
  expect([...clock.marks].every((error) => Number.isSafeInteger(error) && error >= 0)).toBe(true);
});
