import { expect, test } from 'vitest';
import { Kept } from '../kept.testing.ts';
import { FLAG, TYPE } from './frames/frame.ts';
import { HeaderBlock } from './header-block.ts';

test('a head in several frames is complete, and does not keep the memory of its frames', async () => {
  const kept = new Kept();
  const block = new HeaderBlock();
  block.begin({ type: TYPE.headers, flags: FLAG.endStream, id: 1, payload: kept.byteIn(16_384) });
  const more = (): Parameters<HeaderBlock['goOn']>[0] => {
    return { type: TYPE.continuation, flags: 0, id: 1, payload: kept.byteIn(16_384) };
  };
  for (let count = 0; count < 30; count += 1) expect(block.goOn(more())).toBeUndefined();
  expect(await kept.count()).toBeLessThan(3);
  expect(block.goOn({ ...more(), flags: FLAG.endHeaders })).toEqual({
    id: 1,
    isLast: true,
    bytes: Buffer.alloc(32, 'a'),
  });
  expect(block.isOpen).toBe(false);
});
