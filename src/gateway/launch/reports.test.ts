import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readReports, type GatewayProcess } from './reports.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

function begun() {
  const stdout = new PassThrough();
  const child = new EventEmitter() as GatewayProcess;
  return { stdout, child, reports: readReports(child, stdout) };
}

test('the launcher gives up on a gateway that reports nothing', async () => {
  const { reports } = begun();
  let hasFailed = false;
  reports.listening.catch(() => (hasFailed = true));
  await vi.advanceTimersByTimeAsync(59_000);
  expect(hasFailed).toBe(false);
  await vi.advanceTimersByTimeAsync(2_000);
  const failure = { code: 'rungUnavailable', message: expect.stringContaining('within 60 s') as string };
  await expect(reports.listening).rejects.toMatchObject(failure);
  await expect(reports.authority).rejects.toMatchObject(failure);
});

test('the launcher waits for a listening gateway until its bottle is ready', async () => {
  const { reports, stdout } = begun();
  stdout.write('{"event":"listening"}\n');
  await reports.listening;
  vi.advanceTimersByTime(600_000);
  stdout.write('{"event":"ready","checks":[]}\n');
  expect(await reports.ready).toEqual([]);
  expect(await reports.authority).toBeUndefined();
});

test('the reason that a gateway reports for its end becomes the error', async () => {
  const { reports, stdout, child } = begun();
  stdout.write('{"event":"failed","reason":"no room"}\n');
  await new Promise(setImmediate);
  child.emit('close', 1, null);
  await expect(reports.ready).rejects.toThrow('no room');
  expect(await reports.ended).toBe('no room');
});
