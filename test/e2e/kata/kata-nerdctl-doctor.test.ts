import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TEST_USER } from '../../../scripts/setup/test-user.ts';
import { makeHome } from '../../support/home.ts';
import { openNerdctlHome, type NerdctlHome } from '../../support/nerdctl/nerdctl-home.ts';
import type { Settings } from '../../support/nerdctl/settings.ts';
import { findUser } from '../../support/user.ts';

/** The results of `doctor` for Kata by nerdctl, with stand-ins for both. */

let its: NerdctlHome;
beforeAll(async () => (its = await openNerdctlHome()), 240_000);
beforeEach(async () => await its.reset());
afterAll(async () => await its.close());

describe('doctor and Kata by nerdctl', () => {
  const rung = async (env: Record<string, string> = {}) => {
    const { stdout } = await its.home.run(['doctor', '--json'], {
      env: { ...its.env, ...env },
      timeoutMs: 200_000,
    });
    const { rungs } = JSON.parse(stdout) as { rungs: Record<string, string>[] };
    return rungs.find(({ engine }) => engine === 'nerdctl');
  };

  test.each<readonly [string, Partial<Settings>, Record<string, string>, string, RegExp, RegExp]>([
    ['ready', {}, {}, 'ready', /without a network/, /^$/],
    ['no containerd', { containerd: 'stopped' }, {}, 'installed', /containerd does not run/, /containerd/],
    [
      'trap old-versions',
      { version: '2.2.1' },
      {},
      'installed',
      /CVE-2026-50195/,
      /2\.3\.3.*KATA_ANY_VERSION=1/,
    ],
    [
      'an old version that the user insists on',
      { version: '2.2.1' },
      { BOT_BOTTLE_KATA_ANY_VERSION: '1' },
      'ready',
      /./,
      /^$/,
    ],
    [
      'no shim',
      {},
      { BOT_BOTTLE_KATA_RUNTIME: 'io.containerd.kata-nowhere.v2' },
      'absent',
      /not installed/,
      /Kata/,
    ],
    [
      'trap runtime-names',
      {},
      { BOT_BOTTLE_KATA_RUNTIME: 'runc' },
      'installed',
      /io\.containerd\.kata\.v2/,
      /PATH/,
    ],
    [
      'a containerd that hangs',
      { faults: [{ name: 'hangs', at: 'version' }] },
      {},
      'installed',
      /within 10 s/,
      /nerdctl/,
    ],
  ])('doctor: %s', async (...[, settings, env, status, reason, fix]) => {
    await its.nerdctl.configure(settings);
    const found = await rung(env);
    expect(found).toMatchObject({
      status,
      reason: expect.stringMatching(reason) as string,
      fix: expect.stringMatching(fix) as string,
    });
  });

  test('trap rootless: an ordinary user is refused before anything starts', async () => {
    const user = await findUser(TEST_USER);
    const other = makeHome({ user, env: its.env });
    const { stdout } = await other.run(['doctor', '--json'], { timeoutMs: 200_000 });
    const { rungs } = JSON.parse(stdout) as { rungs: Record<string, string>[] };
    expect(rungs.find(({ engine }) => engine === 'nerdctl')).toMatchObject({
      status: 'installed',
      reason: expect.stringContaining('ordinary user') as string,
      fix: 'as root: sudo bot-bottle',
    });
    await other.remove();
  });
});
