import { expect, test } from 'vitest';
import { readLine } from './beyond-listener.ts';

test.each([{ ready: 1 }, { listens: 53 }, { looked: 0 }, { word: 'bbn', way: 'udp' }])(
  '%j is a line',
  (line) => {
    expect(readLine(JSON.stringify(line))).toEqual(line);
  },
);

test.each(['', 'port 53: Address already in use', '{"looked":', '[]', '{"looked":"9"}', 'null'])(
  '%j is none, and no failure',
  (text) => {
    expect(readLine(text)).toBeUndefined();
  },
);
