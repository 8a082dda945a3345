import { dockerfileReference } from '../../src/contracts/host-names.ts';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultImageReference } from '../../src/drivers/image/recipe.ts';
import { run, runOrThrow } from '../../src/host/run.ts';
import type { BottleFindings } from '../../src/verify/findings/bottle.ts';
import type { Checked } from '../../src/verify/receipt/check.ts';
import type { Payload } from '../../src/verify/receipt/payload.ts';
import type { VerifyReport } from '../../src/verify/report.ts';
import { makeHome, type Home } from '../support/home.ts';

/**
 * `bot-bottle verify --bottle`: findings about the grants of a user's own bottle, and attacks on a bottle with its
 * settings.
 */

let home: Home;
let project: string;
let manifest: string;

/** An image name of the user. */
const TAG = 'localhost/bot-bottle/e2e-checked:1';

const SECRET = { bearer: true, secret: '${NOT_SET_ANYWHERE}' };

beforeAll(() => {
  home = makeHome({ env: { ANTHROPIC_API_KEY: 'of-nobody', BOT_BOTTLE_VERIFY_TOKEN: 'of-nobody' } });
  const content = {
    bottles: {
      wide: {
        workspace: 'mount',
        env: { DB_PASSWORD: 'hunter-two' },
        egress: { allow: [{ host: 'webhook.site' }, { host: 'api.example.org', inject: 'anthropic' }] },
      },
      narrow: {
        min_boundary: 'shared-kernel',
        egress: { allow: [{ host: 'a.example.org', methods: ['GET'] }] },
      },
      sane: {
        env: { TZ: 'UTC', TICKET: '?Which ticket', WHERE: '${HOME}' },
        resources: { pids: 64 },
        egress: {
          allow: [{ host: '*.example.net', methods: ['GET'] }],
          deny: [{ host: 'secret.example.net' }],
          max_requests: 1,
        },
      },
      // Looks like the user's own token: verify's launcher has a token to steal in this variable.
      leaking: { env: { TOKEN: '${BOT_BOTTLE_VERIFY_TOKEN}' } },
      denying: { egress: { deny: [{ host: '*.test' }] } },
      lacking: { egress: { allow: [{ host: 'a.example.org', inject: SECRET }] } },
      boxed: { image: { dockerfile: 'box/Dockerfile' } },
      tagged: { image: TAG },
      bare: { image: { dockerfile: 'bare/Dockerfile' } },
    },
    agents: { worker: { bottle: 'wide', agent: 'shell' } },
  };
  project = home.project('app', { 'bot-bottle.yaml': JSON.stringify(content), '.envrc': 'true\n' });
  manifest = home.manifest(content);
  home.project('manifests/box', { Dockerfile: `FROM ${defaultImageReference()}\nENV BOX=1\n` });
  home.project('manifests/bare', {
    Dockerfile: `FROM ${defaultImageReference()}\nUSER root\nRUN rm -f "$(command -v node)"\n`,
  });
});
afterAll(async () => {
  const images = ['box', 'bare'].map((name) =>
    dockerfileReference(join(dirname(manifest), name, 'Dockerfile')),
  );
  await run('docker', ['rmi', '--force', TAG, ...images]);
  await home.remove();
});

const ONE_PROBE = ['--runtime', 'bubblewrap', '--probe', 'tcp-host'];
const verify = async (args: readonly string[]) =>
  await home.run(['verify', ...ONE_PROBE, ...args], { cwd: project });
const named = (name: string): readonly string[] => ['--bottle', name, '--manifest', manifest, '--yes'];

describe('verify --bottle', () => {
  test('verify --bottle needs a trusted manifest, as a start does', async () => {
    const { code, stderr, stdout } = await verify(['--bottle', 'wide', '--json']);
    expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
    expect(stderr).toContain('is not trusted yet');
  });

  test("the report has a bottle's findings, the most severe first, without a secret", async () => {
    const { code, stdout } = await verify([...named('wide'), '--json']);
    const report = JSON.parse(stdout) as VerifyReport & BottleFindings;
    expect({ code, held: report.held }).toEqual({ code: 0, held: true });
    expect(report.bottle).toMatchObject({ name: 'wide', agents: ['worker'] });
    const ids = report.findings.map(({ id }) => id);
    expect(ids).toEqual(
      expect.arrayContaining([
        'request-bin',
        'mounted-executed-files',
        'env-secret-by-name',
        'identity-for-any-request',
      ]),
    );
    expect(report.findings[0]).toMatchObject({ severity: 'high' });
    expect(report.findingCounts.high).toBe(
      report.findings.filter(({ severity }) => severity === 'high').length,
    );
    expect(stdout).not.toContain('hunter-two');
  });

  test('verify --bottle prints the findings with the attacked settings', async () => {
    const { stdout } = await verify(named('worker'));
    expect(stdout).toMatch(/suggest: \d+ findings \(\d+ high/);
    expect(stdout).toMatch(/HIGH: [^]*\[request-bin\]/);
    const words = stdout.replaceAll(/\s+/g, ' ');
    expect(words).toContain('in a bottle with the settings of this one');
    expect(words).toContain('workspace: as it stands; with a project of verify’s own; yours is not touched');
  });

  test.each([
    ['wide', 'high', 8],
    ['narrow', 'medium', 0],
    ['narrow', 'low', 8],
  ])('verify --bottle: %s with --fail-on %s', async (name, severity, expected) => {
    expect((await verify([...named(name), '--fail-on', severity])).code).toBe(expected);
  });
});

/** Runs verify with `--json`; returns its exit code and its report. */
async function attacked(name: string, ...flags: readonly string[]) {
  const args = ['verify', ...named(name), '--runtime', 'bubblewrap', '--json', ...flags];
  const { code, stdout } = await home.run(args, { cwd: project });
  return { code, report: JSON.parse(stdout) as VerifyReport & BottleFindings };
}

describe("an attack on a bottle with the user's settings", () => {
  test('a bottle without grants holds, and the report says what became of each setting', async () => {
    const { code, report } = await attacked('sane', '--family', 'git');
    expect({ code, held: report.held }).toEqual({ code: 0, held: true });
    expect(report.bottle.probedIn).toBe('bottle');
    expect(Object.fromEntries(report.bottle.settings.map(({ setting, fate }) => [setting, fate]))).toEqual({
      env: 'changed',
      'resources.pids': 'changed',
      'egress.allow': 'taken',
      'egress.deny': 'taken',
      'egress.max_requests': 'left',
    });
  });

  test('a host variable in env is found in the bottle, and the manifest is named', async () => {
    const { code, report } = await attacked('leaking', '--probe', 'environment');
    const [row] = report.rungs.flatMap(({ probes }) => probes);
    expect({ code, result: row?.result }).toEqual({ code: 8, result: 'breached' });
    expect(row?.grant).toMatch(/^`env` .*bot-bottle.yaml:\d+:\d+\)$/);
  });

  test("a mounted project with files that git obeys is verify's own, never the user's", async () => {
    const before = readdirSync(project);
    const { code, report } = await attacked('wide', '--family', 'git');
    const rows = report.rungs.flatMap(({ probes }) => probes).filter(({ user }) => user === 'agent');
    expect(code).toBe(8);
    expect(new Set(rows.map(({ result }) => result))).toEqual(new Set(['breached']));
    for (const { grant } of rows) expect(grant).toContain('workspace: mount');
    expect(readdirSync(project)).toEqual(before);
    const args = ['verify', ...named('wide'), '--runtime', 'bubblewrap', '--probe', 'git-hook'];
    const { stdout } = await home.run(args, { cwd: project });
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('given by `workspace: mount`');
  });

  test("the receipt is bound to the user's manifest", async () => {
    const path = join(home.dir, 'receipt.json');
    const { report } = await attacked('sane', '--probe', 'tcp-host', '--receipt', path);
    const checked = async (name: string) => {
      const { stdout } = await home.run([
        'verify',
        '--check',
        path,
        '--json',
        '--bottle',
        name,
        '--manifest',
        manifest,
      ]);
      const { comparisons } = JSON.parse(stdout) as Pick<Checked, 'comparisons'>;
      return comparisons.find(({ what }) => what === 'manifest of the bottle');
    };
    expect(await checked('sane')).toMatchObject({ was: report.bottle.manifestDigest, verdict: 'same' });
    writeFileSync(manifest, `${readFileSync(manifest, 'utf8')}\n# changed\n`);
    expect(await checked('sane')).toMatchObject({ verdict: 'changed' });
  });
});

test('a receipt reports an image name that now means another image, but not one that is gone', async () => {
  const path = join(home.dir, 'tagged.json');
  const where = ['--runtime', 'runc', '--engine', 'docker', '--probe', 'tcp-host'];
  const again = ['--bottle', 'tagged', '--manifest', manifest];
  const imageIn = async (...flags: readonly string[]) => {
    const { stdout } = await home.run(['verify', '--check', path, '--json', ...flags]);
    const { comparisons, current } = JSON.parse(stdout) as Checked;
    return { ...comparisons.find(({ what }) => what === 'image'), current };
  };
  await runOrThrow('docker', ['tag', defaultImageReference(), TAG]);
  const { code } = await home.run(['verify', ...where, ...again, '--yes', '--receipt', path]);
  expect(code).toBe(0);
  expect(await imageIn(...again)).toMatchObject({ verdict: 'same', current: true });
  expect(await imageIn()).toMatchObject({
    verdict: 'unknown',
    whyUnknown: expect.stringContaining('--bottle') as string,
  });
  const build = ['build', '--quiet', '--tag', TAG, join(dirname(manifest), 'box')];
  await runOrThrow('docker', build, { timeoutMs: 120_000 });
  expect(await imageIn(...again)).toMatchObject({ verdict: 'changed', current: false });
  await runOrThrow('docker', ['rmi', TAG]);
  expect(await imageIn(...again)).toMatchObject({
    verdict: 'unknown',
    current: true,
    whyUnknown: 'it is not there now: a start would pull it',
  });
});

describe('a bottle that a start would refuse', () => {
  test.each([
    ['denying', 'bubblewrap', 'egress.deny[0] *.test is about names below bot-bottle.test'],
    ['lacking', 'bubblewrap', 'the variable NOT_SET_ANYWHERE of this host is not set'],
    ['bare', 'runc', 'bare/Dockerfile has no node, with which the probes are made'],
  ])('verify refuses the bottle %s on %s', async (name, runtime, words) => {
    const { code, stdout, stderr } = await home.run(
      [
        'verify',
        ...named(name),
        '--runtime',
        runtime,
        '--engine',
        runtime === 'runc' ? 'docker' : runtime,
        '--probe',
        'tcp-host',
      ],
      { cwd: project },
    );
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain(words);
  });
});

test("verify attacks the user's own image", async () => {
  const path = join(home.dir, 'boxed.json');
  const flags = ['--runtime', 'runc', '--engine', 'docker', '--probe', 'read-file', '--receipt', path];
  const { code } = await home.run(['verify', ...named('boxed'), ...flags], { cwd: project });
  expect(code).toBe(0);
  const reference = dockerfileReference(join(dirname(manifest), 'box', 'Dockerfile'));
  const digest = await runOrThrow('docker', ['image', 'inspect', '--format', '{{.Id}}', reference]);
  const { payload } = JSON.parse(readFileSync(path, 'utf8')) as { payload: string };
  const { bound } = JSON.parse(Buffer.from(payload, 'base64').toString()) as Pick<Payload, 'bound'>;
  expect(bound.rungs.map(({ imageDigest }) => imageDigest)).toEqual([digest.trim()]);
});

test.each([
  [['--fail-on', 'high'], '--fail-on goes with --bottle only'],
  [['--yes'], '--yes goes with --manifest only'],
  [['--bottle', 'wide', '--list'], '--bottle does not go with --list'],
  [['--bottle', 'wide', '--check', 'x', '--fail-on', 'high'], '--fail-on does not go with --check'],
])('%j is refused before anything starts', async (flags, words) => {
  const { code, stderr } = await home.run(['verify', ...flags], { cwd: project });
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(words) as string });
});
