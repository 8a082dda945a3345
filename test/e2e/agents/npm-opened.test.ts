import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { makeHome, type Home } from '../../support/home.ts';

/**
 * Installs a project with hundreds of dependencies through TLS that the gateway opens: unmodified npm, and a read-only
 * rule.
 */

let home: Home;
let project: string;

beforeAll(() => {
  home = makeHome();
  const allow = [{ preset: 'npm', methods: ['GET', 'HEAD'] }];
  project = home.project('app', {
    'bot-bottle.yaml': stringify({
      bottles: { box: { egress: { allow } } },
      agents: { worker: { bottle: 'box', agent: 'shell' } },
    }),
    'package.json': JSON.stringify({
      name: 'app',
      version: '1.0.0',
      private: true,
      dependencies: { express: '4.21.2', jest: '29.7.0' },
    }),
  });
});

afterAll(async () => await home.remove());

describe.each(['bubblewrap', 'runsc'])('%s', (runtime) => {
  test('npm installs more than 100 packages, and cannot publish', async () => {
    await home.run(['trust', project, '--yes']);
    const script =
      'npm install --no-audit --no-fund --no-update-notifier >&2 && ls node_modules | wc -l;' +
      ' curl --silent --output /dev/null --write-out %{http_code} --request PUT --data x "$NPM_CONFIG_REGISTRY/x"';
    const start = ['start', 'worker', project, '--runtime', runtime, '--', 'sh', '-c', script];
    const { code, stdout, stderr } = await home.run(start, { timeoutMs: 170_000 });
    const [packages, publish] = stdout.trim().split('\n').map(Number);
    expect(packages, stderr).toBeGreaterThan(100);
    expect([code, publish]).toEqual([0, 403]);
    const { stdout: logged } = await home.run(['logs', 'worker', '--json']);
    const lines = logged
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(
      expect.objectContaining({ verdict: 'allow', method: 'GET', tls: expect.stringContaining('TLSv1.3') }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({
        verdict: 'deny',
        method: 'PUT',
        reason: expect.stringContaining('methods GET, HEAD only'),
      }),
    );
  }, 200_000);
});
