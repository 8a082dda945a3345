import { describe, expect, test } from 'vitest';
import { manifestOf } from '../../../test/support/manifest.ts';
import { canonicalRule } from '../../gateway/policy/rules.ts';
import { bottleIn } from '../../manifest/load.ts';
import { resolveRulesOf } from '../../manifest/resolve.ts';
import { policyOf } from '../egress/policy.ts';
import { parseAskedUrl } from './asked-url.ts';
import { explain, type Explanation } from './explain.ts';
import { linesOf, PLAIN_IN_TUNNEL } from './gateway-lines.testing.ts';
import { writtenIn, type KnownRules } from './known-rules.ts';
import { refusalsIn } from './refusals.ts';
import { ruleAsYaml } from './suggested-rule.ts';

/** A bottle whose manifest has these lines in `egress.allow`. */
function bottleWith(...lines: readonly string[]): KnownRules {
  const allow = lines.map((line) => `        ${line}\n`).join('');
  const bottle = bottleIn(manifestOf(`bottles:\n  b:\n    egress:\n      allow:\n${allow}`), 'b');
  if (bottle === undefined) throw new Error('it is there');
  const homeDir = '/home/me';
  const policy = policyOf(resolveRulesOf(bottle, { presets: new Map(), homeDir }));
  return { policy, written: writtenIn(bottle), homeDir };
}

const check = (known: KnownRules, [method, url]: readonly [string, string]): Explanation =>
  explain(known, parseAskedUrl(url), method);

/** The suggestions of `policy log` after the gateway has refused these requests. */
async function suggestedByLog(known: KnownRules, ...asked: readonly (readonly [string, string])[]) {
  const sent = asked.map(([method, url]) => {
    const { host, path, isWebSocket } = parseAskedUrl(url);
    return { to: host, method, path, isWebSocket };
  });
  const { rules, unsuggested } = await refusalsIn(await linesOf(known.policy, sent), known);
  return [...rules.map(({ rule }) => ruleAsYaml(rule)), ...unsuggested.map(({ why }) => why)];
}

const CLAUDE = '- { preset: claude, inject: anthropic }';
const KEY = 'inject: { header: x-api-key, secret: "${KEY}", env: KEY }';
const PINNED = `- { host: api.example.org, methods: [GET], addresses: ["10.1.2.3"], max_bytes: 2k, ${KEY} }`;
const APP = '- { github: acme/app, inject: github }';
const ALL = '- { github: "acme/*", inject: github, max_bytes: 1m }';
const PUSH = '- { github: "acme/app", push: true, inject: github }';

describe('a rule that is suggested', () => {
  test.each<[string, readonly [string, string], string]>([
    [
      CLAUDE,
      ['POST', 'https://api.anthropic.com/v1/files'],
      '- { host: api.anthropic.com, methods: [POST], paths: ["/v1/files"], inject: anthropic }',
    ],
    [
      PINNED,
      ['POST', 'https://api.example.org/x'],
      '- { host: api.example.org, methods: [POST], paths: ["/x"], inject: { header: x-api-key, secret: "${KEY}", env: KEY }, addresses: ["10.1.2.3"], max_bytes: "2k" }',
    ],
    [
      PINNED,
      ['GET', 'wss://api.example.org/x'],
      '- { host: api.example.org, websocket: true, methods: [GET], paths: ["/x"], inject: { header: x-api-key, secret: "${KEY}", env: KEY }, addresses: ["10.1.2.3"], max_bytes: "2k" }',
    ],
    [
      '- { host: a.example.org, methods: [GET], inject: { bearer: true, secret: { command: [get-key, "a b"], refresh: 10m } } }',
      ['PUT', 'https://a.example.org/'],
      '- { host: a.example.org, methods: [PUT], paths: ["/"], inject: { bearer: true, secret: { command: [get-key, "a b"], refresh: "10m" } } }',
    ],
    [
      '- { host: a.example.org, methods: [GET], inject: { basic: me, secret: { file: ~/key } } }',
      ['PUT', 'https://a.example.org/'],
      '- { host: a.example.org, methods: [PUT], paths: ["/"], inject: { basic: me, secret: { file: "~/key" } } }',
    ],
    [APP, ['POST', 'https://github.com/acme/app/git-receive-pack'], PUSH],
    [APP, ['POST', 'https://api.github.com/repos/acme/app/issues'], PUSH],
    [APP, ['POST', 'https://uploads.github.com/repos/acme/app/releases/1/assets'], PUSH],
    [
      ALL,
      ['POST', 'https://github.com/acme/app.git/git-receive-pack'],
      '- { github: "acme/app", push: true, inject: github, max_bytes: "1m" }',
    ],
    [
      APP,
      ['POST', 'https://api.github.com/graphql'],
      '- { host: api.github.com, methods: [POST], paths: ["/graphql"], inject: github }',
    ],
  ])(
    "a suggested rule beside %s for %j keeps that one's limits, and allows the request",
    async (line, asked, suggested) => {
      const known = bottleWith(line);
      expect(check(known, asked)).toMatchObject({ verdict: 'deny', consider: suggested });
      expect(await suggestedByLog(known, asked)).toEqual([suggested]);
      const { verdict, identity, addresses } = check(bottleWith(line, suggested), asked);
      const [had] = known.policy.allow;
      expect([verdict, identity?.secret, addresses]).toEqual([
        'allow',
        had?.inject?.secret,
        had?.addresses ?? null,
      ]);
    },
  );

  test('pushes and the changes that go with them become one suggested rule', async () => {
    const push = ['POST', 'https://github.com/acme/app/git-receive-pack'] as const;
    const issue = ['POST', 'https://api.github.com/repos/acme/app/issues'] as const;
    expect(await suggestedByLog(bottleWith(APP), push, issue, push)).toEqual([PUSH]);
  });

  test("an identity's host gets one suggested rule each", async () => {
    const ruleOf = (name: string): string =>
      `- { host: a.example.org, methods: [GET], paths: ["/${name}/**"], inject: { bearer: true, secret: "\${${name}}" } }`;
    const asked = ['A', 'B'].map((name) => ['PUT', `https://a.example.org/${name}/x`] as const);
    expect(await suggestedByLog(bottleWith(ruleOf('A'), ruleOf('B')), ...asked)).toEqual([
      expect.stringContaining('paths: ["/A/x"], inject: { bearer: true, secret: "${A}" }'),
      expect.stringContaining('paths: ["/B/x"], inject: { bearer: true, secret: "${B}" }'),
    ]);
  });
});

describe('none is suggested', () => {
  test.each([
    ['https://api.example.org:8443/x'],
    ['http://api.example.org/x'],
    ['tcp://api.example.org:443'],
    ['tcp://api.example.org:22'],
  ])('no rule is suggested for %s, where an identity would have to be given further or left out', (url) => {
    expect(check(bottleWith(PINNED), ['GET', url])).toMatchObject({ verdict: 'deny', consider: null });
  });

  test('no rule is suggested in the log, with the reason', async () => {
    const known = bottleWith(PINNED);
    const lines = await linesOf(known.policy, [{ to: 'api.example.org:80', over: PLAIN_IN_TUNNEL }]);
    const why = 'egress.allow[0] api.example.org lends this host an identity, for https on port 443 only';
    expect((await refusalsIn(lines, known)).unsuggested).toEqual([
      { host: 'api.example.org', port: 80, times: 1, why },
    ]);
  });

  test('no rule is suggested where the manifest no longer has the identity', async () => {
    const asked = ['POST', 'https://api.example.org/x'] as const;
    const changed = { ...bottleWith(PINNED), written: bottleWith(CLAUDE).written };
    expect(await suggestedByLog(changed, asked)).toEqual([
      expect.stringMatching(/^egress\.allow\[0\] api\.example\.org lends .* widen that rule$/),
    ]);
  });

  test('no push is suggested where a deny rule refuses it, or the rule has no identity any more', () => {
    const push = ['POST', 'https://github.com/acme/app/git-receive-pack'] as const;
    const known = bottleWith(APP);
    const deny = [canonicalRule({ host: 'github.com', methods: ['POST'] }, { id: 'd', list: 'deny' })];
    expect(check({ ...known, policy: { ...known.policy, deny } }, push).consider).toBeNull();
    expect(check({ ...known, written: [{ github: 'acme/app' }] }, push).consider).toBeNull();
  });

  test.each([
    ['another owner', ALL, 'https://github.com/other/app/git-receive-pack'],
    ['another repository', APP, 'https://github.com/acme/other/git-receive-pack'],
    ['what pushing does not take', APP, 'https://github.com/acme/app/settings'],
  ])('no push is suggested for %s', (_, line, url) => {
    expect(check(bottleWith(line), ['POST', url]).consider).toMatch(/^- \{ host: .* inject: github/);
  });
});

describe('an identity that the URL cannot go with', () => {
  const known = bottleWith(`- { host: api.example.org, ${KEY} }`, '- { host: plain.example.org, dlp: off }');

  test.each(['/x?key=aa', '/x;api_key=aa', '/x?a=1;api_key=aa', '/x?%2561=1'])(
    'a URL that %s is refused, as by the gateway',
    (path) => {
      expect(check(known, ['GET', `https://api.example.org${path}`])).toMatchObject({
        verdict: 'deny',
        rule: 'gateway.identity',
        reason: expect.stringMatching(/^the request has a (?:parameter|credential)/) as string,
        identity: null,
        consider: null,
      });
      expect(check(known, ['GET', `https://plain.example.org${path}`])).toMatchObject({ verdict: 'allow' });
    },
  );

  test.each(['/x', '/x?api_key=aa', '/x?q=key'])(
    "a URL that %s is allowed, because the caller's credential is removed",
    (path) => {
      expect(check(known, ['GET', `https://api.example.org${path}`])).toMatchObject({ verdict: 'allow' });
    },
  );
});
