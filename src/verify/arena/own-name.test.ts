import { expect, test } from 'vitest';
import { ownNameOf } from './own-name.ts';

const HOST = { addresses: ['192.0.2.9'], hostname: 'box' };

test.each([
  [
    'an address that others reach comes first',
    '127.0.1.1 box\n192.0.2.9 box.corp.test box # lan',
    'box.corp.test',
  ],
  ['else the host’s name on loopback', '127.0.0.1 localhost\n127.0.1.1\tother box', 'box'],
  ['another’s address is none of the host’s', '192.0.2.10 box\n127.0.0.1 localhost', 'localhost'],
  ['a comment is no entry', '# 192.0.2.9 box\n', 'localhost'],
  ['nor is a name that no manifest takes', '192.0.2.9 my_box BOX *.box', 'localhost'],
  ['IPv6 is not what is meant', '::1 box', 'localhost'],
  ['no file', '', 'localhost'],
])('%s', (_, hosts, name) => {
  expect(ownNameOf({ ...HOST, hosts })).toBe(name);
});
