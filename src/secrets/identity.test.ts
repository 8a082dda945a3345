import { describe, expect, test } from 'vitest';
import { AGENTS } from '../agents/index.ts';
import type { IdentityName } from '../contracts/identity-names.ts';
import { identityOf, wantedSecrets, type Inject, NAMED_IDENTITIES } from './identity.ts';
const rule = (inject: Inject, host = 'api.example'): Parameters<typeof identityOf>[0] => ({
  id: 'egress.allow[0]',
  host,
  inject,
});
const withVariables =
  (...names: readonly string[]) =>
  (name: string): boolean =>
    names.includes(name);

describe('named identities', () => {
  test.each<[IdentityName, string, string, object]>([
    ['anthropic', 'ANTHROPIC_API_KEY', 'ANTHROPIC_API_KEY', { kind: 'header', name: 'x-api-key' }],
    ['anthropic', 'CLAUDE_CODE_OAUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN', { kind: 'bearer' }],
    ['openai', 'OPENAI_API_KEY', 'OPENAI_API_KEY', { kind: 'bearer' }],
    ['openai', 'CODEX_API_KEY', 'CODEX_API_KEY', { kind: 'bearer' }],
    ['github', 'GITHUB_TOKEN', 'GH_TOKEN', { kind: 'bearer' }],
    ['npm', 'NPM_TOKEN', 'NPM_TOKEN', { kind: 'bearer' }],
  ])('the identity %s uses %s', (...[identity, variable, env, slot]) =>
    expect(identityOf(rule({ identity }), withVariables(variable))).toEqual({
      name: `the variable ${variable}`,
      source: { kind: 'env', name: variable },
      env,
      slot,
    }),
  );

  test('the key is preferred to the token, as in Claude Code', () =>
    expect(
      identityOf(
        rule({ identity: 'anthropic' }),
        withVariables('CLAUDE_CODE_OAUTH_TOKEN', 'ANTHROPIC_API_KEY'),
      ),
    ).toMatchObject({ env: 'ANTHROPIC_API_KEY' }));

  test.each([
    ['api.github.com', 'bearer'],
    ['uploads.github.com', 'bearer'],
    ['github.com', 'basic'],
  ])('GitHub at %s gets %s, from one secret', (host, kind) => {
    const identity = identityOf(rule({ identity: 'github' }, host), withVariables());
    expect(identity).toMatchObject({ name: 'the command gh auth token', env: 'GH_TOKEN', slot: { kind } });
  });

  test('an identity without a secret is an error with the remedy', () =>
    expect(() => identityOf(rule({ identity: 'anthropic' }), withVariables())).toThrow(
      expect.objectContaining({ code: 'manifest', fix: expect.stringContaining('claude setup-token') }),
    ));

  test('every credential variable of an agent belongs to an identity', () => {
    const known = Object.values(NAMED_IDENTITIES).flatMap(({ credentials }) =>
      credentials.map(({ env }): string => env),
    );
    expect(
      Object.values(AGENTS)
        .flatMap(({ credentials }) => credentials)
        .filter((name) => !known.includes(name)),
    ).toEqual([]);
  });
});

describe('the secrets of a bottle', () => {
  const own = (name: string, env?: string): Inject => ({
    slot: { kind: 'bearer' },
    source: { kind: 'env', name },
    ...(env === undefined ? {} : { env }),
  });
  const wanted = (...injects: readonly Inject[]): ReturnType<typeof wantedSecrets> =>
    wantedSecrets(injects.map((inject) => identityOf(rule(inject), withVariables('GH_TOKEN'))));

  test('secrets of a bottle are read once each, with all variables that hold their placeholder', () =>
    expect(
      wanted({ identity: 'github' }, { identity: 'github' }, own('A', 'X'), own('A', 'Y'), own('B')),
    ).toEqual([
      { name: 'the variable GH_TOKEN', source: { kind: 'env', name: 'GH_TOKEN' }, variables: ['GH_TOKEN'] },
      { name: 'the variable A', source: { kind: 'env', name: 'A' }, variables: ['X', 'Y'] },
      { name: 'the variable B', source: { kind: 'env', name: 'B' }, variables: [] },
    ]));

  test('secrets of a bottle never share a variable', () =>
    expect(() => wanted(own('A', 'X'), own('B', 'X'))).toThrow('X would stand for two secrets'));
});
