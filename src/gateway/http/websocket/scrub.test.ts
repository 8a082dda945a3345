import { expect, test } from 'vitest';
import { createScrub } from '../../inject/scrub/scrub.ts';
import { scrubbingFrames } from './scrub.ts';

const SECRET = 'sk-lent-Vq8mZ2xKp4Rt7Lw9';

const frame = (first: number, text: string): Buffer =>
  Buffer.concat([Buffer.from([first, text.length]), Buffer.from(text)]);

async function passed(...chunks: readonly Buffer[]): Promise<string> {
  const stream = scrubbingFrames(createScrub([SECRET]));
  const out: Buffer[] = [];
  stream
    .on('data', (bytes: Buffer) => out.push(bytes))
    .on('error', ({ message }) => out.push(Buffer.from(message)));
  for (const chunk of chunks) stream.write(chunk);
  await new Promise((done) => setImmediate(done)); // errors arrive one turn later
  return Buffer.concat(out).toString('latin1');
}

test('a secret in one frame, over two, and in a ping is scrubbed', async () => {
  const stars = '*'.repeat(SECRET.length);
  expect(await passed(frame(0x81, `a ${SECRET} b`))).toBe(frame(0x81, `a ${stars} b`).toString('latin1'));
  const halves = [frame(0x01, SECRET.slice(0, 9)), frame(0x80, SECRET.slice(9))];
  expect(await passed(...halves)).toBe(
    [frame(0x01, stars.slice(0, 9)), frame(0x80, stars.slice(9))]
      .map((bytes) => bytes.toString('latin1'))
      .join(''),
  );
  expect(await passed(frame(0x89, SECRET))).toBe(frame(0x89, stars).toString('latin1'));
});

test('other frames pass unchanged, and malformed ones end the WebSocket', async () => {
  const sent = [frame(0x01, 'one '), frame(0x89, 'ping'), frame(0x80, 'two')];
  expect(await passed(...sent)).toBe(
    [sent[1], sent[0], sent[2]].map((bytes) => bytes?.toString('latin1')).join(''),
  );
  expect(await passed(Buffer.from('c105', 'hex'))).toContain('reserved bits');
});

test('while the reader stalls, at most one frame waits', () => {
  const stream = scrubbingFrames(createScrub([SECRET]));
  const frames = [frame(0x81, 'one'), frame(0x81, 'two')];
  expect(frames.map((bytes) => stream.write(bytes))).toEqual([false, false]);
  expect(stream.readableLength).toBe(5);
  stream.destroy();
});
