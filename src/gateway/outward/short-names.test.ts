import { expect, test } from 'vitest';
import { createInFull, hostsOf, inFull, searchList } from './short-names.ts';

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

test.each([
  ['', []],
  [
    '127.0.0.1 localhost\n203.0.113.10\tBox.corp.example  Box # old\n',
    ['localhost', 'box.corp.example', 'box'],
  ],
  ['#192.0.2.1 a\n 192.0.2.1 b #c\r\n::1 d\r\nfe80::1%lo0 e', ['b', 'd', 'e']],
  ['192.0.2 a\nb c\n192.0.2.1', []],
])('the hosts file %j has the names %j', (text, names) => {
  expect([...hostsOf(text)]).toEqual(names);
});

const FILES: Readonly<Record<string, string>> = {
  '/etc/hosts': '127.0.0.1 here\n203.0.113.10 box.corp.example Box\n',
  '/etc/resolv.conf': 'search first.example second.example\n',
};

/** Also records reads and lookups. */
function withSources(exists: (name: string) => boolean, files = FILES) {
  const done: string[] = [];
  const named = createInFull({
    read: (path) => {
      done.push(path);
      const text = files[path];
      return text === undefined ? Promise.reject(new Error('ENOENT')) : Promise.resolve(text);
    },
    hasAddress: (name) => {
      done.push(name);
      return Promise.resolve(exists(name));
    },
  });
  return { named, done };
}

test.each([
  ['intranet', 'intranet.first.example'],
  ['deep', 'deep.second.example'],
  ['nowhere', 'nowhere'],
  ['', ''],
])('the short name %j becomes %j', async (host, name) => {
  const { named } = withSources((asked) => /^intranet|^deep\.second/.test(asked));
  expect(await named(host)).toBe(name);
});

test.each(['localhost', 'LocalHost', 'here', 'HERE', 'box', 'Box', 'a.example', '192.0.2.1'])(
  '%s has its meaning on this host, whatever a domain answers',
  async (host) => {
    const { named, done } = withSources(() => true);
    expect(await named(host)).toBe(host);
    expect(done.filter((one) => one.endsWith('.example') && one !== host)).toEqual([]);
  },
);

test('localhost is this host even without a hosts file', async () => {
  const { named } = withSources(() => true, { '/etc/resolv.conf': 'search corp.example' });
  expect(await named('localhost')).toBe('localhost');
  expect(await named('box')).toBe('box.corp.example');
});

test('without a search list, a name stays unchanged', async () => {
  const { named } = withSources(() => true, {});
  expect(await named('box')).toBe('box');
});

test('the full form of each name is kept', async () => {
  const { named, done } = withSources(() => true);
  const names = await Promise.all([named('intranet'), named('intranet'), named('other')]);
  expect(names).toEqual(['intranet.first.example', 'intranet.first.example', 'other.first.example']);
  const before = done.length;
  expect(await named('intranet')).toBe('intranet.first.example');
  expect(done).toHaveLength(before);
  expect(done.filter((one) => one === 'intranet.first.example')).toHaveLength(1);
});
