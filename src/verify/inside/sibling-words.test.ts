import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { listenToSibling } from './sibling-words.ts';

const place = { port: 1, addresses: ['127.0.0.1'], proxy: 'http://127.200.0.1:3128' };

test('the sibling reports its address, and each nonce with its way', async () => {
  const output = new PassThrough();
  const words = listenToSibling(output);
  output.write(`something else\n{"port":"x"}\n${JSON.stringify(place)}\n`);
  expect(await words.place).toEqual(place);
  output.end('{"heard":"bbn1","way":"udp"}\n{"heard":"bbn1","way":"tcp"}\n{"heard":"bbn1","way":"udp"}\n');
  await new Promise((resolve) => output.on('close', resolve));
  await new Promise(setImmediate);
  expect(words.heard('bbn1')).toEqual(['tcp', 'udp']);
  expect(words.heard('bbn2')).toEqual([]);
});

const saying = async (text: string) => {
  const output = new PassThrough();
  const words = listenToSibling(output);
  output.end(text);
  await new Promise((resolve) => output.on('close', resolve));
  return words;
};

test('a line that is too long is skipped, and the next one read', async () => {
  const long = JSON.stringify({ heard: 'bbn1', way: 'udp', more: 'x'.repeat(100_000) });
  const words = await saying(`${long}\n{"heard":"bbn2","way":"udp"}\n`);
  expect([words.heard('bbn1'), words.heard('bbn2')]).toEqual([[], ['udp']]);
});

test('the sibling keeps a bounded number of nonces and ways, and then stops receiving', async () => {
  const line = (heard: string, way: string): string => `${JSON.stringify({ heard, way })}\n`;
  const ways = Array.from({ length: 100 }, (_, n) => line('bbn0', `way ${n}`));
  const nonces = Array.from({ length: 10_000 }, (_, n) => line(`bbn${n}`, 'udp'));
  const words = await saying([...ways, ...nonces, line('bbn10000', 'udp')].join(''));
  expect(words.heard('bbn0')).toHaveLength(16);
  expect([words.heard('bbn9999'), words.heard('bbn10000')]).toEqual([['udp'], []]);
});

test('a sibling that ends without a message has no address', async () => {
  const output = new PassThrough();
  const words = listenToSibling(output);
  output.end('nothing\n');
  expect(await words.place).toBeUndefined();
});
