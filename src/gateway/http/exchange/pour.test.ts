import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { pour } from './pour.ts';

const pair = (): { from: PassThrough; to: PassThrough; faults: string[] } => {
  const [from, to, faults] = [new PassThrough(), new PassThrough(), [] as string[]];
  to.on('error', () => undefined);
  pour(from, to, ({ message }) => faults.push(message));
  return { from, to, faults };
};

const closed = async (stream: PassThrough): Promise<unknown> =>
  await new Promise((done) => stream.once('close', done));

test('pour passes all bytes and the end', async () => {
  const [from, to, faults] = [
    Readable.from([Buffer.from('a'), Buffer.from('b')]),
    new PassThrough(),
    [] as string[],
  ];
  pour(from, to, ({ message }) => faults.push(message));
  expect((await buffer(to)).toString()).toBe('ab');
  expect(faults).toEqual([]);
});

test('a failure of one stream makes the other fail once', async () => {
  const first = pair();
  first.from.write('half');
  first.from.destroy(new Error('gone'));
  await closed(first.to);
  expect([first.to.destroyed, first.faults]).toEqual([true, ['gone']]);

  const second = pair();
  second.to.destroy();
  await closed(second.from);
  expect([second.from.destroyed, second.faults]).toEqual([true, ['nobody takes it any more']]);

  const third = pair();
  third.from.destroy();
  await closed(third.to);
  expect(third.faults).toEqual(['it broke off']);
});
