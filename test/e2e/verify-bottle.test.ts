import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BottleFindings } from '../../src/verify/findings/bottle.ts';
import type { VerifyReport } from '../../src/verify/report.ts';
import { makeHome, type Home } from '../support/home.ts';

/** `bot-bottle verify --bottle`: what the grants of a user's own bottle suggest. */

let home: Home;
let project: string;
let manifest: string;

beforeAll(() => {
  home = makeHome();
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
    },
    agents: { worker: { bottle: 'wide', agent: 'shell' } },
  };
  project = home.project('app', { 'bot-bottle.yaml': JSON.stringify(content), '.envrc': 'true\n' });
  manifest = home.manifest(content);
});
afterAll(async () => await home.remove());

const ONE_PROBE = ['--runtime', 'bubblewrap', '--probe', 'tcp-host'];
const verify = async (args: readonly string[]) =>
  await home.run(['verify', ...ONE_PROBE, ...args], { cwd: project });
const named = (name: string): readonly string[] => ['--bottle', name, '--manifest', manifest, '--yes'];

describe('a bottle of the user’s', () => {
  test('is refused until its manifest is trusted, as a start is', async () => {
    const { code, stderr, stdout } = await verify(['--bottle', 'wide', '--json']);
    expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
    expect(stderr).toContain('is not trusted yet');
  });

  test('has its findings in the report, the most severe first, and no secret in them', async () => {
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

  test('is shown to people, with what was probed instead', async () => {
    const { stdout } = await verify(named('worker'));
    expect(stdout).toMatch(/suggest: \d+ findings \(\d+ high/);
    expect(stdout).toMatch(/HIGH: [^]*\[request-bin\]/);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('in a bottle of verify’s own');
  });

  test.each([
    ['wide', 'high', 8],
    ['narrow', 'medium', 0],
    ['narrow', 'low', 8],
  ])('%s with --fail-on %s', async (name, severity, expected) => {
    expect((await verify([...named(name), '--fail-on', severity])).code).toBe(expected);
  });
});

test.each([
  [['--fail-on', 'high'], '--fail-on goes with --bottle only'],
  [['--yes'], '--yes goes with --bottle only'],
  [['--bottle', 'wide', '--list'], '--bottle does not go with --list'],
])('%j is refused before anything starts', async (flags, words) => {
  const { code, stderr } = await verify(flags);
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(words) as string });
});
