import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { deadline, eitherOf, whenAborted } from './deadline.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Creates the signal in a separate scope, so that only its listener holds it, as in a wait for a program. */
function reasonOnceIt(aborts: () => AbortSignal): { readonly seen: unknown[] } {
  const seen: unknown[] = [];
  const signal = aborts();
  signal.addEventListener('abort', () => seen.push('aborted'), { once: true });
  return { seen };
}

async function collected(): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    collectGarbage();
    await sleep(20);
  }
}

test('a deadline passes even after garbage collection', async () => {
  const outer = new AbortController();
  const alone = reasonOnceIt(() => deadline(100));
  const beside = reasonOnceIt(() => deadline(100, outer.signal));
  const nested = reasonOnceIt(() =>
    eitherOf(outer.signal, eitherOf(deadline(100), new AbortController().signal)),
  );
  await collected();
  expect([alone.seen, beside.seen, nested.seen]).toEqual([['aborted'], ['aborted'], ['aborted']]);
});

test('a deadline follows another signal without a listener on it', async () => {
  let outer: AbortController | undefined = new AbortController();
  const signals = [deadline(60_000, outer.signal), eitherOf(new AbortController().signal, outer.signal)];
  outer.abort('stop');
  outer = undefined;
  await collected();
  expect(signals.map(({ aborted, reason }) => [aborted, reason as unknown])).toEqual([
    [true, 'stop'],
    [true, 'stop'],
  ]);
});

test('a signal that was aborted before aborts at once, with its reason', () => {
  expect(eitherOf(AbortSignal.abort('before')).reason).toBe('before');
  expect(deadline(60_000, AbortSignal.abort('before')).reason).toBe('before');
});

test('a passed deadline says so in its reason', async () => {
  const signal = deadline(10);
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  expect(signal.reason).toMatchObject({ name: 'TimeoutError', message: 'not within 10 ms' });
});

test('whenAborted runs its action once, and at once for an aborted signal', () => {
  const done: string[] = [];
  whenAborted(AbortSignal.abort(), () => done.push('had come'));
  const controller = new AbortController();
  whenAborted(controller.signal, () => done.push('comes'));
  whenAborted(controller.signal, () => done.push('let be'))();
  expect(done).toEqual(['had come']);
  controller.abort();
  controller.abort();
  expect(done).toEqual(['had come', 'comes']);
});

test('many followers of a signal cause no leak warning', async () => {
  const warnings: string[] = [];
  const note = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', note);
  const { signal } = new AbortController();
  const followers = Array.from({ length: 20 }, () => eitherOf(signal));
  await sleep(10);
  process.off('warning', note);
  expect([followers.length, warnings]).toEqual([20, []]);
});
