import { expect, test } from 'vitest';
import { refuseToLearn, refuseToLearnThrough } from './learn.ts';

type Secretive = Parameters<typeof refuseToLearn>[0];
const RULE = {
  id: 'egress.allow[0] a.example',
  position: '',
  host: 'a.example',
  port: 443,
  scheme: 'https',
} as const;
const LENT = { ...RULE, inject: { preset: 'github' } } as const;
const plain: Secretive = {
  bottle: 'b',
  egress: {
    allow: [RULE],
    deny: [],
    canary: true,
    protect: [],
    secretRules: [],
    maxBytes: 1,
    maxRequests: 1,
    maxTokens: 1,
  },
  ssh: [],
  ownEnvNames: [],
};

const KEY = {
  id: 'ssh[0] git.example.org',
  position: '',
  host: 'git.example.org',
  port: 22,
  user: 'git',
  identityPath: '/home/a/.ssh/id',
  knownHost: 'ssh-ed25519 AAAA',
};

test('a bottle without secrets may learn', () => expect(() => refuseToLearn(plain)).not.toThrow());

test.each<[string, Partial<Secretive>]>([
  ['an identity', { egress: { ...plain.egress, allow: [LENT] } }],
  ['protected files', { egress: { ...plain.egress, protect: ['.env'] } }],
  ['an SSH key', { ssh: [KEY] }],
  ['a variable of the host', { ownEnvNames: ['TOKEN'] }],
])('one with %s may not', (_, more) => {
  expect(() => refuseToLearn({ ...plain, ...more })).toThrow('cannot learn');
});

test('nobody learns behind a company proxy, where no lookup shows what is public', () => {
  expect(() => refuseToLearnThrough(undefined)).not.toThrow();
  const proxy = { host: 'proxy.example', port: 3128, bypass: [] };
  expect(() => refuseToLearnThrough(proxy)).toThrow('cannot learn');
});
