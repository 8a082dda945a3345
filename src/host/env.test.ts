import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { childEnvironment, FOR_SECRETS, secretEnvironment, wholeEnvironment } from './env.ts';
import { packageRoot } from './paths.ts';

afterEach(() => void vi.unstubAllEnvs());

test.each(['VAULT_TOKEN', 'DOPPLER_TOKEN', 'AWS_ACCESS_KEY_ID', 'AWS_SESSION_TOKEN', 'https_proxy'])(
  'programs that supply a secret get the variable %s',
  (name) => {
    vi.stubEnv(name, 'its-value');
    expect(secretEnvironment()).toHaveProperty(name, 'its-value');
  },
);

test.each(['OPENAI_API_KEY', 'MY_VAULT_TOKEN', 'USER_TOKEN', 'GOOGLE_API_KEY', 'NPM_TOKEN', 'OPTIONS'])(
  'programs that supply a secret do not get %s',
  (name) => {
    vi.stubEnv(name, 'its-value');
    expect(secretEnvironment()).not.toHaveProperty(name);
  },
);

test.each([
  // The PATH of an ordinary user of Debian: /etc/profile.
  [
    '/usr/local/bin:/usr/bin:/bin:/games',
    '/usr/local/bin:/usr/bin:/bin:/games:/usr/local/sbin:/usr/sbin:/sbin',
  ],
  ['/usr/sbin:/own', '/usr/sbin:/own:/usr/local/sbin:/sbin'],
])("children with a PATH of %j find system programs after the user's own", (path, expected) => {
  vi.stubEnv('PATH', path);
  expect(childEnvironment()['PATH']).toBe(expected);
});

test('children get no PATH where there is none, and the given one otherwise', () => {
  vi.stubEnv('PATH', undefined);
  expect(childEnvironment()).not.toHaveProperty('PATH');
  expect(childEnvironment({ PATH: '/given' })['PATH']).toBe('/given');
});

test('the complete environment leaves out only the given secrets', () => {
  vi.stubEnv('ONE', 'the-secret');
  vi.stubEnv('IN_ANOTHER', 'https://user:the-longer-secret@host');
  vi.stubEnv('OTHER', 'the-other');
  expect(wholeEnvironment()).toMatchObject({ ONE: 'the-secret', OTHER: 'the-other' });
  vi.stubEnv('BY_CHANCE', '/home/the-secret/state');
  const known = wholeEnvironment(['the-secret', 'the-longer-secret']);
  expect(
    Object.keys(known)
      .filter((name) => /^(?:ONE|IN_ANOTHER|BY_CHANCE|OTHER|PATH)$/.test(name))
      .toSorted(),
  ).toEqual(['BY_CHANCE', 'OTHER', 'PATH']);
});

test('docs/MANIFEST.md lists each variable', () => {
  const page = readFileSync(join(packageRoot(), 'docs/MANIFEST.md'), 'utf8');
  const [, list = ''] = /variables that a command has([^]*?)\n\n/.exec(page) ?? [];
  const listed = [...list.matchAll(/`([A-Za-z_]+\*?)`/g)].map(([, name]) => name);
  const always = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'XDG_RUNTIME_DIR'];
  expect(new Set(listed)).toEqual(new Set<string>([...always, ...FOR_SECRETS]));
});
