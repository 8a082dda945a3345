import { expect, test, vi } from 'vitest';
import { watchClockErrors } from './clock-errors.ts';

test("this host's clock is read, whoever asks", async () => {
  using clock = watchClockErrors();
  await vi.waitUntil(() => clock.seenUs.size > 0, { timeout: 20_000 });
  expect([...clock.seenUs].every((error) => Number.isSafeInteger(error) && error >= 0)).toBe(true);
});
