import { expect, test } from 'vitest';
import { manifestOf } from '../../test/support/manifest.ts';
import { linesOf } from '../errors.ts';
import { selectAgent, type EnvEntry } from './draft.ts';
import { refuseExposedSecrets, refuseShownSecrets, type Lent, type ReadSecret } from './exposed-secrets.ts';

const SECRET = 'ghp_a-real-secret-4711';

const entriesOf = (env: Readonly<Record<string, string>>): ReadonlyMap<string, EnvEntry> =>
  selectAgent(
    manifestOf(
      `bottles:\n  dev:\n    env: ${JSON.stringify(env)}\nagents: { a: { bottle: dev, agent: shell } }\n`,
    ),
    'a',
  ).env;

function saidBy(refusing: () => void): readonly string[] {
  try {
    refusing();
  } catch (error) {
    return linesOf(error);
  }
  return [];
}

const ofVariable = (name: string): Lent => ({
  id: 'egress.allow[0] acme/app',
  source: { kind: 'env', name },
  env: 'GH_TOKEN',
});

test.each([
  [{ GITHUB_TOKEN: '${GITHUB_TOKEN}' }, '`GITHUB_TOKEN` would show the agent the secret of'],
  [{ URL: 'https://x:${GITHUB_TOKEN}@host' }, '`URL` would show the agent the secret of'],
  [{ GH_TOKEN: 'mine' }, '`GH_TOKEN` is the variable that gets the placeholder of'],
])('%j is refused by name with its place, once for all hosts of a rule', (env, what) => {
  const lent = [ofVariable('GITHUB_TOKEN'), ofVariable('GITHUB_TOKEN')];
  const said = saidBy(() => refuseExposedSecrets(entriesOf(env), lent));
  expect(said[0]).toBe('bot-bottle.yaml has 1 problem');
  expect(said[1]).toMatch(/^bot-bottle\.yaml:3:\d+: /);
  expect(said[1]).toContain(`${what} egress.allow[0] acme/app`);
  expect(said.at(-1)).toContain('leave the variable out of `env`');
});

test('a value in place of the placeholder is not shown', () => {
  const said = saidBy(() =>
    refuseExposedSecrets(entriesOf({ GH_TOKEN: SECRET }), [ofVariable('GITHUB_TOKEN')]),
  );
  expect(said.join('\n')).toContain('`GH_TOKEN`');
  expect(said.join('\n')).not.toContain(SECRET);
});

test.each([
  ['postgres://localhost/postgres', false],
  ['postgres', true],
  ['postgres://me:postgres@localhost/app', true],
])('a short secret is searched for where it is one: %s', (value, isRefused) => {
  const envEntries = entriesOf({ DATABASE_URL: value });
  const short = [{ name: 'the variable PW', texts: ['postgres'] }];
  const said = saidBy(() => refuseShownSecrets({ envEntries, env: () => ({ DATABASE_URL: value }) }, short));
  expect(said.some((line) => line.includes('would show the agent'))).toBe(isRefused);
});

test('another variable of this host is no secret', () => {
  expect(
    saidBy(() => refuseExposedSecrets(entriesOf({ A: '${OTHER}' }), [ofVariable('GITHUB_TOKEN')])),
  ).toEqual([]);
});

const READ: readonly ReadSecret[] = [
  { name: 'the command gh auth token', texts: [SECRET, 'another-part-of-it'] },
];

test.each([SECRET, `https://x:${SECRET}@host`, 'another-part-of-it'])(
  'a value that contains a secret is refused, and not shown: %s',
  (value) => {
    const envEntries = entriesOf({ COPY: value, PLAIN: 'yes' });
    const said = saidBy(() => refuseShownSecrets({ envEntries, env: () => ({ COPY: value }) }, READ));
    expect(said).toEqual([
      'bot-bottle.yaml has 1 problem',
      expect.stringMatching(
        /^bot-bottle\.yaml:3:\d+: `COPY` would show the agent the secret that the command gh auth token holds$/,
      ),
      '    leave the variable out of `env`',
    ]);
  },
);

test('a value without a secret is accepted', () => {
  const envEntries = entriesOf({ A: '${OTHER}' });
  expect(saidBy(() => refuseShownSecrets({ envEntries, env: () => ({ A: 'ghp_another' }) }, READ))).toEqual(
    [],
  );
});
