import { expect, test } from 'vitest';
import { inFull, searchList } from './short-names.ts';

test.each([
  ['', []],
  ['nameserver 192.0.2.1\n', []],
  ['search corp.example lab.corp.example\n', ['corp.example', 'lab.corp.example']],
  ['domain corp.example.\nnameserver 192.0.2.1', ['corp.example']],
  ['search a.example\nsearch\tb.example . \n', ['b.example']],
  ['# search a.example\n;domain b.example\n search c.example\n', []],
])('the search list of %j is %j', (text, domains) => {
  expect(searchList(text)).toEqual(domains);
});

test.each(['a.example', 'a.', '192.0.2.1', '::1'])('%s stays as it is', async (host) => {
  expect(await inFull(host)).toBe(host);
});
