import { expect, test } from 'vitest';
import { manifestOf } from '../../../test/support/manifest.ts';
import { BottleError } from '../../errors.ts';
import { bottleIn } from '../../manifest/load.ts';
import { resolveGateway, resolveRulesOf } from '../../manifest/resolve.ts';
import { refuseBeyondPipelock } from './pipelock-limits.ts';

/** The refusal of a bottle with these keys and pipelock as its gateway; undefined if it may start. */
function refusalOf(keys: string, learns = false): BottleError | undefined {
  const text = `bottles:\n  box:\n    gateway: pipelock\n${keys.replaceAll(/^/gm, '    ')}\n`;
  const bottle = bottleIn(manifestOf(text), 'box');
  if (bottle === undefined) throw new Error('no bottle');
  const supplies = { presets: new Map(), homeDir: '/home/me' };
  const gateway = resolveGateway(bottle.settings.gateway, supplies.homeDir);
  const asked = { bottle: 'box', gateway, learns, ...resolveRulesOf(bottle, supplies) };
  try {
    refuseBeyondPipelock(asked);
    return undefined;
  } catch (error) {
    if (!(error instanceof BottleError)) throw error;
    return error;
  }
}

const allow = (rule: string): string => `egress:\n  allow:\n    - { host: a.example, ${rule} }`;
const deny = (rules: string): string =>
  `egress:\n  allow:\n    - host: a.example\n    - host: b.example\n  deny:\n${rules.replaceAll(/^/gm, '    - ')}`;

const BEYOND: readonly (readonly [what: string, keys: string, said: string])[] = [
  ['methods', allow('methods: [GET]'), 'a.example: methods: '],
  ['paths', allow('paths: [/v1/**]'), 'a.example: paths: '],
  ['an identity', allow('inject: anthropic'), 'a.example: inject: '],
  ['WebSockets', allow('websocket: true'), 'a.example: websocket: '],
  ['opened TLS', allow('tls: open'), 'a.example: tls: open: '],
  ['secrets found by our detectors', allow('dlp: redact'), 'a.example: dlp: '],
  ['the same of a bottle', `${allow('scheme: https')}\n  dlp: block`, 'a.example: dlp: '],
  ['a pin', allow('addresses: [10.0.0.1]'), 'a.example: addresses: '],
  ['a budget of a rule', allow('max_bytes: 1g'), 'a.example: max_bytes: '],
  ['dlp by detector', allow('dlp: { pattern: warn }'), 'a.example: dlp: '],
  ['raw TCP', allow('scheme: tcp, port: 22'), 'a.example: scheme: tcp: '],
  ['a port', allow('port: 8443'), 'a.example: port: '],
  ['the port of the other scheme', allow('scheme: http, port: 443'), 'a.example: port: '],
  ['a repository', 'egress: { allow: [{ github: acme/app }] }', 'acme/app: paths: '],
  ['an agent’s preset', 'egress: { allow: [{ preset: claude }] }', 'claude: paths: '],
  ['a denied path', deny('{ host: a.example, paths: [/x] }'), 'a.example: paths: '],
  ['a denied port', deny('{ host: a.example, port: 443 }'), 'a.example: port: '],
  ['a denial that is wider there', deny('{ host: "*.B.example" }'), 'it would deny b.example too'],
  ['files', 'egress: { protect: [.env] }', 'egress.protect: '],
  ['rules of the user’s', 'egress: { secret_rules: [/x.toml] }', 'egress.secret_rules: '],
  ['a budget of bytes', 'egress: { max_bytes: 1g }', 'egress.max_bytes: '],
  ['a budget of requests', 'egress: { max_requests: 5 }', 'egress.max_requests: '],
  ['a budget of tokens', 'egress: { max_tokens: 5 }', 'egress.max_tokens: '],
  [
    'SSH',
    'ssh:\n  - { host: s.example, user: git, identity: ~/k, known_host: ssh-ed25519 AAAA }',
    'ssh[0] s.example: ',
  ],
];

test.each(BEYOND)('pipelock refuses a setting with its place: %s', (_, keys, said) => {
  const refused = refusalOf(keys);
  expect(refused).toMatchObject({ code: 'manifest', fix: expect.stringContaining('gateway: bot-bottle') });
  expect(refused?.message).toMatch(/^bot-bottle\.yaml:3:\d+: the bottle box asks/);
  expect(refused?.details).toContainEqual(expect.stringContaining(said));
});

test('pipelock refuses learning', () => {
  expect(refusalOf('', true)?.details).toEqual(['start --learn: it does not learn']);
});

test.each([
  ['nothing', ''],
  ['whole hosts', 'egress: { allow: [{ host: a.example }, { host: "*.b.example", scheme: http }] }'],
  ['what is passed on as it is', allow('tls: pass, dlp: off, port: 443')],
  ['whole hosts that are denied', deny('{ host: a.example }')],
  ['a denial of the apex too', deny('{ host: "*.b.example" }\n{ host: b.example }')],
])('pipelock supports a setting: %s', (_, keys) => {
  expect(refusalOf(keys)).toBeUndefined();
});
