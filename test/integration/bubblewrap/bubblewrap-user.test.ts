import { expect, test } from 'vitest';
import { packageRoot } from '../../../src/host/paths.ts';
import { run } from '../../../src/host/run.ts';
import { isRoot } from '../../../src/host/user.ts';

/** Unused on this host: an ordinary user without a name, a home or a group. */
const UID = '1879100010';
const FILES = [
  'bubblewrap/bubblewrap-attacks',
  'bubblewrap/bubblewrap-life',
  'bubblewrap/bubblewrap-session',
  'bubblewrap/bubblewrap-start',
  'bubblewrap/confined',
  'machine/machine-files',
].map((name) => `test/integration/${name}.test.ts`);

/** The project may be in a folder that others cannot enter; a mount namespace shows it to them as /mnt. */
const SCRIPT = `mount --bind "$0" /mnt && cd /mnt && exec setpriv --reuid=${UID} --regid=${UID} --clear-groups \
  node node_modules/vitest/vitest.mjs run --configLoader runner --project integration "$@"`;

test.runIf(isRoot())('the bubblewrap tests hold for an ordinary user too', { timeout: 300_000 }, async () => {
  const { exitCode, stdout, stderr } = await run(
    'unshare',
    ['-m', 'sh', '-c', SCRIPT, packageRoot(), ...FILES],
    {
      timeoutMs: 290_000,
      env: { HOME: '/nonexistent', NO_COLOR: '1' },
    },
  );
  expect(stdout + stderr).toMatch(/Test Files +6 passed \(6\)/);
  expect(exitCode).toBe(0);
});
