import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeHome, type Home } from '../../support/home.ts';

/** The manifest's `env` cannot bring in secrets that `inject` keeps outside. */

const TOKEN = 'ghp_0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d';

let home: Home;
beforeAll(() => {
  home = makeHome();
});
afterAll(async () => await home.remove());

const GITHUB = { github: 'acme/app', inject: 'github' };
const OPENAI = { host: 'api.openai.com', inject: 'openai' };
const COMMAND = {
  host: 'api.example.org',
  inject: { bearer: true, secret: { command: ['printf', '%s', TOKEN.slice(0, 20)] } },
};

interface Case {
  readonly rule: object;
  /** The environment of the bottle. */
  readonly env: Readonly<Record<string, string>>;
  /** The environment of the host. */
  readonly own: Readonly<Record<string, string>>;
}

/** Runs `env` in such a bottle; returns its output and the messages of the start. */
async function startWith({ rule, env, own }: Case): ReturnType<Home['run']> {
  const manifest = home.manifest({
    bottles: { dev: { workspace: 'none', env, egress: { allow: [rule] } } },
    agents: { a: { bottle: 'dev', agent: 'shell' } },
  });
  const where = [home.dir, '--manifest', manifest, '--yes', '--runtime', 'bubblewrap'];
  // Without variables of a gh login.
  const variables = { GH_TOKEN: '', GITHUB_TOKEN: '', OPENAI_API_KEY: '', ...own };
  return await home.run(['start', 'a', ...where, '--', 'env'], { env: variables });
}

test.each([
  ['the variable of an identity of one word', GITHUB, { GITHUB_TOKEN: '${GITHUB_TOKEN}' }],
  ['the same by another name', GITHUB, { CLONE_URL: 'https://x:${GITHUB_TOKEN}@github.com' }],
  ['the same value in another variable', GITHUB, { COPY: '${MINE}' }],
  ['a value in the place of the placeholder', GITHUB, { GH_TOKEN: TOKEN }],
])('a bottle with %s is refused before it starts', async (_, rule, env) => {
  const { code, stdout, stderr } = await startWith({ rule, env, own: { GITHUB_TOKEN: TOKEN, MINE: TOKEN } });
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toMatch(/m[^ ]*:\d+:\d+: /);
  expect(stderr).toContain('leave the variable out of `env`');
  expect(stderr).not.toContain(TOKEN);
});

test.each([
  ['openai', { rule: OPENAI, env: { CODEX_KEY: '${OPENAI_API_KEY}' }, own: { OPENAI_API_KEY: TOKEN } }],
  ['a command', { rule: COMMAND, env: { COPY: 'x${MINE}' }, own: { MINE: TOKEN } }],
])('a bottle with %s is refused too', async (_, one) => {
  const { code, stderr } = await startWith(one);
  expect(code).toBe(3);
  expect(stderr).toContain('would show the agent the secret');
});

test('a bottle without it starts, and has a placeholder', async () => {
  const own = { GITHUB_TOKEN: TOKEN, MINE: 'another-value' };
  const { code, stdout } = await startWith({ rule: GITHUB, env: { COPY: '${MINE}' }, own });
  expect(code).toBe(0);
  expect(stdout).toContain('COPY=another-value\n');
  expect(stdout).toMatch(/^GH_TOKEN=\S{40,}$/m);
  expect(stdout).not.toContain(TOKEN);
});
