import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditLine } from '../../../src/gateway/config.ts';
import { AGENT_ENDPOINTS } from '../../../src/manifest/presets/agent-presets.ts';
import { packageRoot } from '../../../src/host/paths.ts';
import { run } from '../../../src/host/run.ts';
import { isRoot } from '../../../src/host/user.ts';
import type { Home } from '../../support/home.ts';
import { outcomeOf } from '../../support/outcome.ts';
import { lookAtContainers, lookInMemory, lookInside, processesOf } from '../../support/leaks/bottle.ts';
import { filesWith } from '../../support/leaks/files.ts';
import { namesIn, needlesOf } from '../../support/leaks/needles.ts';
import { testMode } from '../../support/suites/mode.ts';
import { watchBottles, type Watch } from '../../support/watch.ts';
import { anthropicApi } from './models/anthropic.ts';
import { ECHO_HOST, echoApi, ECHOES } from './models/echo.ts';
import { openaiApi } from './models/openai.ts';
import { openModels, type ModelPlace } from './models/place.ts';
import type { ModelServer } from './models/server.ts';

/**
 * The real Claude Code and Codex work by the rules of their presets, with keys that they never have. Stand-ins for the
 * model providers know the keys.
 */

/** An emulated machine takes two minutes for this test. */
const RUNTIMES = testMode() === 'whole' ? ['bubblewrap', 'runsc', 'qemu'] : ['bubblewrap', 'runsc'];
const MINUTE_MS = 60_000;

const random = (length: number): string => randomBytes(length).toString('base64url').slice(0, length);
const KEYS = {
  ANTHROPIC_API_KEY: `sk-ant-api03-${random(93)}AA`,
  /** The form that `claude setup-token` prints. */
  CLAUDE_CODE_OAUTH_TOKEN: `sk-ant-oat01-${random(93)}AA`,
  OPENAI_API_KEY: `sk-proj-${random(120)}`,
};
/** An empty variable of the user counts as not set. */
const NO_API_KEY = { ANTHROPIC_API_KEY: '' };
const CLAUDE = { agent: 'claude', host: 'api.anthropic.com', inject: 'anthropic' } as const;
const CODEX = { agent: 'codex', host: 'api.openai.com', inject: 'openai' } as const;
const AGENTS = [
  { ...CLAUDE, variable: 'ANTHROPIC_API_KEY', env: {} },
  { ...CLAUDE, variable: 'CLAUDE_CODE_OAUTH_TOKEN', env: NO_API_KEY },
  { ...CODEX, variable: 'OPENAI_API_KEY', env: {} },
] as const;

/** A prompt as people paste it, with much text that looks random and contains no secret. */
const PROMPT = `Make the file made.txt. This is for later:
${readFileSync(join(packageRoot(), 'package-lock.json'), 'utf8').slice(0, 100_000)}`;

/** The task: a file with a mark. */
const MARK = `mark-${random(24)}`;
const COMMAND = `echo ${MARK} > made.txt`;
/** The model waits for this promise before it answers, so that a test can inspect the bottle meanwhile. */
let thought = Promise.resolve();
const thinks = async (): Promise<void> => await thought;

let place: ModelPlace;
let home: Home;
let server: ModelServer;
let watch: Watch;
let manifest: string;
let startedMs: number;

beforeAll(async () => {
  if (!isRoot()) return;
  startedMs = Date.now();
  place = await openModels(
    [
      anthropicApi({ key: KEYS.ANTHROPIC_API_KEY, token: KEYS.CLAUDE_CODE_OAUTH_TOKEN }, COMMAND, thinks),
      openaiApi(KEYS.OPENAI_API_KEY, COMMAND, thinks),
      echoApi(KEYS.ANTHROPIC_API_KEY),
    ],
    KEYS,
  );
  ({ home, server } = place);
  watch = watchBottles(home.bottlesDir);
  manifest = home.manifest(manifestAt(place.address));
});

afterAll(async () => {
  watch?.[Symbol.dispose]();
  await place?.[Symbol.asyncDispose]();
});

function manifestAt(pinned: string): object {
  const addresses = [pinned];
  // The preset of an agent takes no addresses, so this writes out its rules.
  const rules = [CLAUDE, CODEX].map(({ agent, inject }) => [
    agent,
    { egress: { allow: AGENT_ENDPOINTS[agent].map((rule) => ({ ...rule, inject, addresses })) } },
  ]);
  const inject = { header: 'x-api-key', secret: '${ANTHROPIC_API_KEY}' };
  const echo = { egress: { allow: [{ host: ECHO_HOST, inject, addresses }] } };
  return {
    bottles: { ...Object.fromEntries(rules), echo },
    agents: {
      ...Object.fromEntries([CLAUDE, CODEX].map(({ agent }) => [agent, { bottle: agent, agent }])),
      echo: { bottle: 'echo', agent: 'shell' },
    },
  };
}

const startArgs = (agent: string, runtime: string): string[] => [
  'start',
  agent,
  home.project('project', { 'README.md': 'A project.\n' }),
  '--manifest',
  manifest,
  '--yes',
  '--runtime',
  runtime,
];
const idOf = (agent: string): string => [...watch.ids].findLast((id) => id.startsWith(`${agent}-`)) ?? '';

describe.runIf(isRoot()).each(RUNTIMES)('%s', (runtime) => {
  test.each(AGENTS)('$agent works with $variable, and the key is nowhere in its bottle', async (each) => {
    const { agent, variable, host, env } = each;
    const from = server.heard.length;
    const heard = () => server.heard.slice(from).filter((request) => request.host === host);
    let goOn = (): void => undefined;
    thought = new Promise((resolve) => (goOn = resolve));
    const launcher = home.spawn([...startArgs(agent, runtime), '--prompt', PROMPT], { env });
    const ended = outcomeOf(launcher, { timeoutMs: 3 * MINUTE_MS });
    const inside = (...args: string[]) => home.run(['exec', idOf(agent), '--', ...args]);
    const asks = () => heard().filter(({ method, hadKey }) => method === 'POST' && hadKey).length;
    await expect.poll(asks, { timeout: 2 * MINUTE_MS, interval: 200 }).toBe(2);

    const id = idOf(agent);
    const placeholder = (await inside('printenv', variable)).stdout.trim();
    const key = needlesOf('key', KEYS[variable]);
    const known = [...needlesOf('placeholder', placeholder), ...needlesOf('mark', MARK)];
    expect(placeholder).toHaveLength(KEYS[variable].length);
    const { bottle, gateway } = await processesOf(id, launcher.pid);
    const look = async (needles: typeof key): Promise<Record<string, string[]>> => ({
      inside: await lookInside(home, id, { sinceMs: startedMs, needles }),
      memory: lookInMemory(bottle, needles),
      files: await filesWith(startedMs, needles),
      engine: await lookAtContainers(id, needles),
    });
    expect(await look(key)).toEqual({ inside: [], memory: [], files: [], engine: [] });

    // Control: the same searches find the placeholder and the mark in the bottle, and the key where it is. The files of
    // a machine are on its disk on this host.
    await inside('sync');
    const control = await look(known);
    expect(control['inside']).toEqual(
      expect.arrayContaining(['inside: placeholder, half 1, raw', 'inside: mark, half 2, raw']),
    );
    expect(control['memory']).toContainEqual(expect.stringContaining('placeholder, half 1, raw'));
    const writtenTo = home.record(id).spec.rung.traits.sharesFiles ? 'made.txt' : 'work';
    expect(control['files']).toContainEqual(expect.stringContaining(`${writtenTo}: mark, half 1, raw`));
    expect(lookInMemory(gateway, key)).toContainEqual(expect.stringContaining('key, half 1, raw'));

    goOn();
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout, stderr }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('The task is done.') as string,
    });
    const log = (await home.run(['logs', id, '--json'])).stdout;
    expect(namesIn(Buffer.from([stdout, stderr, log].join('\n')), key)).toEqual([]);
    const decisions = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditLine);
    expect(decisions.filter((line) => line.host === host && line.verdict === 'deny')).toEqual([]);
    expect((await home.run(['diff', id])).stdout).toContain(`+${MARK}`);
    expect(await filesWith(startedMs, key)).toEqual([]);

    expect(heard().filter(({ hadKey }) => !hadKey)).toEqual([]);
    expect(JSON.stringify(heard())).not.toContain(placeholder);
  });
});

// The gateway scrubs responses outside the bottle: this tests each way in which a bottle reaches it once.
describe.runIf(isRoot()).each(['bubblewrap', 'runsc'])('%s', (runtime) => {
  test.each(['--http1.1', '--http2'])(
    'an API that echoes its key does not deliver it, over %s',
    async (version) => {
      const args = ['--silent', '--show-error', '--include', '--compressed', '--max-time', '20', version];
      const script = 'for way; do echo "=== $way"; curl $ARGS "https://$HOST/$way"; echo; done';
      const ways = Object.keys(ECHOES);
      const shell = ['env', `ARGS=${args.join(' ')}`, `HOST=${ECHO_HOST}`, 'sh', '-c', script, 'sh', ...ways];
      const { code, stdout, stderr } = await home.run([...startArgs('echo', runtime), '--', ...shell]);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      const [, ...answers] = stdout.split(/^=== /m);
      expect(answers).toHaveLength(ways.length);
      const needles = needlesOf('key', KEYS.ANTHROPIC_API_KEY);
      for (const answer of answers) {
        const way = answer.slice(0, answer.indexOf('\n'));
        expect({ way, ...seen(answer, needles) }).toEqual({ way, answered: true, found: [] });
      }
    },
  );
});

const seen = (answer: string, needles: ReturnType<typeof needlesOf>) => ({
  answered: /^HTTP\/[\d.]+ (?:200|302|401)/m.test(answer),
  found: namesIn(Buffer.from(answer), needles),
});

test.runIf(isRoot()).each(Object.keys(ECHOES))(
  'without a gateway the key is echoed (control): %s',
  async (way) => {
    const trusting = [
      '--noproxy',
      '*',
      '--cacert',
      place.authorityPath,
      '--resolve',
      `${ECHO_HOST}:443:${place.address}`,
    ];
    const asking = [
      '--silent',
      '--include',
      '--compressed',
      '--header',
      `x-api-key: ${KEYS.ANTHROPIC_API_KEY}`,
    ];
    const { stdout } = await run('curl', [...trusting, ...asking, `https://${ECHO_HOST}/${way}`]);
    expect(seen(stdout, needlesOf('key', KEYS.ANTHROPIC_API_KEY)).found).not.toEqual([]);
  },
);
