import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { listenToSibling } from './sibling-words.ts';

const place = { port: 1, addresses: ['127.0.0.1'], proxy: 'http://127.200.0.1:3128' };

test('knows where it is, and what it has heard by which ways', async () => {
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

test('one that ends without a word is nowhere', async () => {
  const output = new PassThrough();
  const words = listenToSibling(output);
  output.end('nothing\n');
  expect(await words.place).toBeUndefined();
});
