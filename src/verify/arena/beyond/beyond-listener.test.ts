import { expect, test } from 'vitest';
import { readLine } from './beyond-listener.ts';

test.each([{ ready: 1 }, { listens: 53 }, { looked: 0 }, { word: 'bbn', way: 'udp' }])(
  '%j is a line of the listener',
  (line) => {
    expect(readLine(JSON.stringify(line))).toEqual(line);
  },
);

test.each(['', 'port 53: Address already in use', '{"looked":', '[]', '{"looked":"9"}', 'null'])(
  '%j is no line of the listener, and no failure',
  (text) => {
    expect(readLine(text)).toBeUndefined();
  },
);
