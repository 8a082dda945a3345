import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { manifestOf } from '../../test/support/manifest.ts';
import { BottleError } from '../errors.ts';
import { presetsOf, questionsOf, selectAgent } from './draft.ts';
import { resolve, type ResolvedAgent, type Supplies } from './resolve.ts';

const SUPPLIES: Supplies = {
  hostVariable: (name) => ({ HOST_VAR: 's3cret', EMPTY: undefined })[name],
  answers: new Map([['TICKET', 'ABC-1']]),
  presets: new Map([
    [
      'npm',
      [
        { host: 'mirror.corp.example', port: 8081, scheme: 'http' },
        { host: 'other.corp.example', port: 443, scheme: 'https' },
      ],
    ],
  ]),
  homeDir: '/home/me',
};

const resolved = (text: string, agent = 'a', user?: string): ResolvedAgent =>
  resolve(selectAgent(manifestOf(text, user), agent), SUPPLIES);

test('a bottle without settings has the defaults, which allow nothing', () => {
  const agent = resolved('bottles: { b: {} }\nagents: { a: { bottle: b, agent: shell } }\n');
  expect(agent).toMatchObject({
    name: 'a',
    bottle: 'b',
    program: { kind: 'known', name: 'shell' },
    runtime: 'auto',
    minBoundary: 'shared-kernel',
    image: { kind: 'default' },
    resources: { cpus: 2, memoryBytes: 4 * 1024 ** 3, pids: 1024, diskBytes: 10 * 1024 ** 3 },
    envNames: [],
    egress: { allow: [], deny: [], protect: [] },
    workspace: 'copy',
    skills: [],
    ssh: [],
    prompt: undefined,
  });
  expect(agent.env()).toEqual({});
});

describe('variables', () => {
  const TEXT = `
bottles:
  b: { env: { PLAIN: "a$$b", FLAG: "x-\${HOST_VAR}", TICKET: "?Which ticket" } }
agents:
  a: { bottle: b, agent: shell, env: { PLAIN: mine, MORE: "\${HOST_VAR}" } }
`;

  test("variables have their values, and the agent's precede the bottle's", () => {
    expect(resolved(TEXT).env()).toEqual({
      PLAIN: 'mine',
      FLAG: 'x-s3cret',
      TICKET: 'ABC-1',
      MORE: 's3cret',
    });
    expect(resolved(TEXT).envNames).toEqual(['PLAIN', 'FLAG', 'TICKET', 'MORE']);
  });

  test('variables show no value in any output about the agent', () => {
    const agent = resolved(TEXT);
    for (const shown of [JSON.stringify(agent), inspect(agent, { depth: 10, showHidden: true })]) {
      expect(shown).not.toContain('s3cret');
      expect(shown).not.toContain('ABC-1');
    }
  });

  test('missing variables of the host are named in one error, without values', () => {
    const text =
      'bottles: { b: { env: { A: "${HOST_VAR}${NOT_A}", B: "${NOT_B}" } } }\nagents: { a: { bottle: b, agent: shell } }\n';
    const error = (() => {
      try {
        return resolved(text);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(BottleError);
    expect(inspect(error)).toMatch(/NOT_A[^]*NOT_B/);
    expect(inspect(error)).not.toContain('s3cret');
  });

  test('variables that are questions are known beforehand', () => {
    expect(questionsOf(selectAgent(manifestOf(TEXT), 'a'))).toEqual([
      { variable: 'TICKET', question: 'Which ticket' },
    ]);
  });
});

describe('rules', () => {
  const TEXT = `
bottles:
  base:
    egress:
      allow: [{ host: unused.example.org }]
      deny: [{ host: bad.example.org }, { host: half.example.org, scheme: https }, { preset: npm }]
  b:
    extends: base
    egress:
      allow:
        - host: API.example.org
        - { host: plain.example.org, scheme: http, methods: [GET], paths: ["/a/**"] }
        - { preset: npm, addresses: [10.1.2.3] }
        - { host: "*.example.org", port: 8443, tls: pass }
      deny: [{ host: worse.example.org, port: 8443 }]
  c: { extends: b }
agents:
  a: { bottle: b, agent: shell }
  c: { bottle: c, agent: shell }
`;

  test('rules have defaults, the host as written, and their place', () => {
    expect(resolved(TEXT).egress.allow).toEqual([
      {
        id: 'egress.allow[0] API.example.org',
        position: 'bot-bottle.yaml:11:11',
        host: 'API.example.org',
        port: 443,
        scheme: 'https',
      },
      {
        id: 'egress.allow[1] plain.example.org',
        position: 'bot-bottle.yaml:12:11',
        host: 'plain.example.org',
        port: 80,
        scheme: 'http',
        methods: ['GET'],
        paths: ['/a/**'],
      },
      {
        id: 'egress.allow[2] npm',
        position: 'bot-bottle.yaml:13:11',
        host: 'mirror.corp.example',
        port: 8081,
        scheme: 'http',
        methods: ['GET', 'HEAD'],
        addresses: ['10.1.2.3'],
      },
      {
        id: 'egress.allow[2] npm',
        position: 'bot-bottle.yaml:13:11',
        host: 'other.corp.example',
        port: 443,
        scheme: 'https',
        methods: ['GET', 'HEAD'],
        addresses: ['10.1.2.3'],
      },
      {
        id: 'egress.allow[3] *.example.org',
        position: 'bot-bottle.yaml:14:11',
        host: '*.example.org',
        port: 8443,
        scheme: 'https',
        tls: 'pass',
      },
    ]);
  });

  test('deny rules cover every port and scheme that they do not name', () => {
    expect(resolved(TEXT).egress.deny.map(({ id, port, scheme }) => ({ id, port, scheme }))).toEqual([
      { id: 'egress.deny[0] worse.example.org', port: 8443, scheme: 'tcp' },
      { id: 'base.egress.deny[0] bad.example.org', port: 0, scheme: 'tcp' },
      { id: 'base.egress.deny[1] half.example.org', port: 0, scheme: 'https' },
      { id: 'base.egress.deny[2] npm', port: 8081, scheme: 'http' },
      { id: 'base.egress.deny[2] npm', port: 443, scheme: 'https' },
    ]);
  });

  test('rules of another bottle carry its name', () => {
    expect(resolved(TEXT, 'c').egress.allow[0]?.id).toBe('b.egress.allow[0] API.example.org');
  });

  test('rules name the presets that must be read', () => {
    expect(presetsOf(selectAgent(manifestOf(TEXT), 'a').bottle)).toEqual(['npm']);
  });
});

test('files, keys and skills are found from the manifest that names them', () => {
  const agent = resolved(
    `
bottles:
  b: { extends: mine, skills: [review, review] }
agents:
  a: { bottle: b, agent: claude, prompt: prompts/a.md, skills: [review, triage] }
`,
    'a',
    'bottles: { mine: { image: { dockerfile: docker/Dockerfile }, ssh: [{ host: git.example.org, user: git, identity: ~/.ssh/id, known_host: "ssh-rsa AAAA" }] } }\n',
  );
  expect(agent.image).toEqual({
    kind: 'dockerfile',
    hostPath: '/home/me/.config/bot-bottle/docker/Dockerfile',
  });
  expect(agent.ssh).toEqual([
    {
      id: 'ssh[0] git.example.org',
      position: '~/.config/bot-bottle/bot-bottle.yaml:1:68',
      host: 'git.example.org',
      port: 22,
      user: 'git',
      identityPath: '/home/me/.ssh/id',
      knownHost: 'ssh-rsa AAAA',
    },
  ]);
  expect(agent.prompt?.relativePath).toBe('prompts/a.md');
  expect(agent.skills).toEqual([
    { name: 'review', manifestDir: '/home/me/project', origin: 'project' },
    { name: 'triage', manifestDir: '/home/me/project', origin: 'project' },
  ]);
  expect(agent.manifests.map(({ origin, path }) => [origin, path])).toEqual([
    ['project', '/home/me/project/bot-bottle.yaml'],
    ['user', '/home/me/.config/bot-bottle/bot-bottle.yaml'],
  ]);
});

test('a custom agent is resolved with its settings', () => {
  const agent = resolved(
    'bottles: { b: { image: "node:22" } }\nagents: { a: { bottle: b, agent: custom, install: npm i -g x, command: [x], headless: [x, -p, "{prompt}"], hosts: [api.example.org], skillsPath: ~/.x/skills } }\n',
  );
  expect(agent.image).toEqual({ kind: 'reference', reference: 'node:22' });
  expect(agent.program).toEqual({
    kind: 'custom',
    install: 'npm i -g x',
    command: ['x'],
    headless: ['x', '-p', '{prompt}'],
    hosts: ['api.example.org'],
    skillsPath: '~/.x/skills',
    promptPath: undefined,
  });
});
