import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { run } from '../../src/host/run.ts';
import { makeHome, type Home } from '../support/home.ts';

/** `policy set` and `metrics` on a running bottle, from the user's side. */

let home: Home;
let project: string;
let id: string;

/** The gateway as a process of this host, and as a container beside the bottle. */
const FORMS = [
  ['bubblewrap', ['--runtime', 'bubblewrap']],
  ['runc, bridge form', ['--runtime', 'runc', '--network-form', 'bridge']],
] as const;

type Allow = readonly object[];
const RULES: Allow = [
  { host: 'a.example', scheme: 'http' },
  { host: 'opened.example', methods: ['GET'] },
];

const contentOf = (allow: Allow, egress: object = {}): string =>
  stringify({
    bottles: { box: { egress: { allow, max_requests: 1000, ...egress } } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
const write = (allow: Allow): void => writeFileSync(join(project, 'bot-bottle.yaml'), contentOf(allow));

/** `own`: the content of a named manifest besides the project's. */
async function begin(form: readonly string[], own?: string): Promise<void> {
  home = makeHome();
  project = home.project('app', { 'bot-bottle.yaml': contentOf(RULES) });
  await home.run(['trust', project, '--yes']);
  const script = 'echo started; sleep 300';
  const named = own === undefined ? [] : ['--manifest', home.manifest(own), '--yes'];
  const agent = home.spawn(['start', 'worker', project, ...form, ...named, '--', 'sh', '-c', script]);
  const [said] = (await once(agent.stdout ?? agent, 'data')) as [Buffer];
  if (said.toString() !== 'started\n') throw new Error(said.toString());
  id = (await home.list()).at(-1)?.id ?? '';
}

const set = async (...more: readonly string[]) => await home.run(['policy', 'set', 'worker', ...more]);
/** Returns the status that the bottle gets: 403 by the policy, 502 if the lookup fails. */
const ask = async (host: string): Promise<string> => {
  const curl = ['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}'];
  return (await home.run(['exec', 'worker', '--', ...curl, `http://${host}/`])).stdout;
};

describe('a bottle started by --manifest', () => {
  beforeAll(async () => await begin(FORMS[0][1], contentOf(RULES.slice(1))), 120_000);

  afterAll(async () => {
    await home.run(['stop', 'worker']);
    await home.remove();
  }, 60_000);

  test('policy set reads that one again, and not the project’s, which is trusted and allows more', async () => {
    const { code, stderr } = await set();
    expect([code, stderr]).toEqual([0, expect.stringContaining(`nothing has changed: ${id}`)]);
    home.manifest(contentOf([]));
    expect(JSON.parse((await set('--json')).stdout)).toMatchObject({ change: 'narrower' });
    home.manifest(contentOf(RULES));
    const wider = await set();
    expect(wider.code).toBe(7);
    expect(wider.stderr).toContain('is not trusted yet');
  });
});

describe.each(FORMS)('%s', (_, form) => {
  beforeAll(async () => await begin(form), 120_000);

  afterAll(async () => {
    await home.run(['stop', 'worker']);
    await home.remove();
  }, 60_000);

  describe('policy set', () => {
    test('policy set --dry-run prints the change, and changes nothing', async () => {
      write([]);
      const { code, stderr } = await set('--dry-run');
      expect(code).toBe(0);
      expect(stderr).toMatch(/- may reach http:\/\/a\.example:80[^]*nothing was changed[^]*narrower/);
      expect(await ask('a.example')).toBe('502');
    });

    test('policy set narrows at once without a question, and logs it', async () => {
      write([RULES[1] ?? {}]);
      const { code, stdout } = await set('--json');
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ id, change: 'narrower', closed: 0 });
      expect(await ask('a.example')).toBe('403');
      expect(home.receipt(id)).toMatchObject({
        policy: { allow: [{ host: 'a.example' }, { host: 'opened.example' }] },
        policyChanges: [{ policy: { allow: [{ host: 'opened.example' }] }, closed: 0 }],
      });
    });

    test('policy set without a change says so, and logs nothing', async () => {
      const { code, stderr } = await set();
      expect([code, stderr]).toEqual([
        0,
        expect.stringContaining(`nothing has changed: ${id} has these rules`),
      ]);
      expect(stderr).not.toContain('connections closed');
      expect(home.receipt(id).policyChanges).toHaveLength(1);
    });

    test("policy set widens only with the user's trust", async () => {
      write([...RULES, { host: 'b.example', scheme: 'http' }]);
      const refused = await set();
      expect(refused).toMatchObject({
        code: 7,
        stderr: expect.stringContaining('bot-bottle trust') as string,
      });
      expect(refused.stderr).toContain('+ may reach http://b.example:80');
      expect(await ask('b.example')).toBe('403');
      await home.run(['trust', project, '--yes']);
      expect((await set()).code).toBe(0);
      expect(await ask('b.example')).toBe('502');
    });

    test('policy set refuses settings that a running bottle cannot get, and says restart', async () => {
      const named = home.manifest(contentOf([{ host: 'new.example', methods: ['GET'] }]));
      for (const more of [[], ['--dry-run']]) {
        const { code, stderr } = await set('--manifest', named, '--yes', ...more);
        expect(code).toBe(7);
        expect(stderr).toMatch(/new\.example[^]*restart: bot-bottle stop/);
      }
      expect(await ask('b.example')).toBe('502');
    });

    test.each([
      [{ max_bytes: '1m' }, 'egress.max_bytes would be 1m, and is without limit'],
      [{ max_requests: 2000 }, 'egress.max_requests would be 2000, and is 1000'],
      [{ protect: ['.env'] }, 'egress.protect would be .env, and is empty'],
      [{ secret_rules: ['/x.toml'] }, 'egress.secret_rules would be /x.toml, and is empty'],
    ])('policy set refuses %j, which a gateway gets only once', async (egress, words) => {
      const named = home.manifest(contentOf(RULES, egress));
      const { code, stderr } = await set('--manifest', named, '--yes');
      expect(code).toBe(7);
      expect(stderr).toContain(words);
      expect(stderr).toContain('restart: bot-bottle stop');
    });

    test("policy set prints a rule's permissions, and the actions on its findings", async () => {
      const bounded = { ...RULES[0], max_bytes: 1, dlp: { pattern: 'warn' } };
      const named = home.manifest(contentOf([bounded]));
      const { code, stderr } = await set('--manifest', named, '--yes');
      expect(code).toBe(0);
      expect(stderr).toMatch(/\+ may reach http:\/\/a\.example:80 for at most 1 in all.*pattern warn/);
      expect(home.receipt(id)).toMatchObject({
        startOnly: { max_requests: 1000, max_bytes: null },
        policyChanges: expect.arrayContaining([
          expect.objectContaining({
            policy: {
              allow: [expect.objectContaining({ budget: { name: 'a.example', maxBytes: 1 } })],
              deny: [],
            },
          }),
        ]) as unknown,
      });
    });

    test('policy set needs a running bottle', async () => {
      expect((await home.run(['policy', 'set', 'nobody'])).code).toBe(2);
    });
  });

  describe('metrics', () => {
    const DENIED = /bot_bottle_decisions_total\{bottle="worker-[0-9a-f]+",verdict="deny",rule="default"\} \d/;

    test('metrics prints all bottles, one, and JSON', async () => {
      expect(await home.run(['metrics'])).toMatchObject({
        stdout: expect.stringMatching(DENIED) as string,
        stderr: '',
      });
      expect((await home.run(['metrics', id])).stdout).toMatch(DENIED);
      const families = JSON.parse((await home.run(['metrics', '--json'])).stdout) as { name: string }[];
      expect(families.map(({ name }) => name)).toContain('bot_bottle_open_tunnels');
      expect((await home.run(['metrics', 'nobody'])).code).toBe(2);
    });

    test('metrics serves a scraper, on loopback only', async () => {
      const serving = home.spawn(['metrics', '--listen', '127.0.0.1:0']);
      const [line] = (await once(serving.stdout ?? serving, 'data')) as [Buffer];
      const url = line.toString().trim();
      expect(await (await fetch(url)).text()).toMatch(DENIED);
      expect((await fetch(new URL('/other', url))).status).toBe(404);
      const named = await run('curl', [
        '-s',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        '-H',
        'Host: evil.example',
        url,
      ]);
      expect(named.stdout).toBe('404');
      serving.kill('SIGINT');
      expect(await once(serving, 'exit')).toEqual([0, null]);
      expect((await home.run(['metrics', '--listen', '0.0.0.0:9464'])).code).toBe(2);
    });
  });

  test('the control socket is not in the bottle', async () => {
    const look = 'cat /proc/self/mountinfo; find / -name "control*" -type s 2>/dev/null; ls /run; true';
    const { stdout } = await home.run(['exec', 'worker', '--', 'sh', '-c', look]);
    expect(stdout).toContain(' / '); // control of this test: it sees its mounts
    expect(stdout).not.toContain('control');
  });
});
