import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TEST_USER } from '../../../scripts/setup/test-user.ts';
import type { DoctorReport, DoctorRung } from '../../../src/bottle/rungs/doctor.ts';
import { runOrThrow } from '../../../src/host/run.ts';
import { makeHome, type Home } from '../../support/home.ts';
import { findUser } from '../../support/user.ts';

/** Podman of a user who is not root: it works, or it is refused with the reason. The host's cgroups decide. */

let home: Home;
let rungs: readonly DoctorRung[];

beforeAll(async () => {
  const registry = (await runOrThrow('npm', ['config', 'get', 'registry'], { cwd: '/' })).trim();
  const user = await findUser(TEST_USER);
  const env = { NPM_CONFIG_REGISTRY: registry, DOCKER_HOST: 'unix:///nonexistent/docker.sock' };
  home = makeHome({ user, env });
  const { stdout } = await home.run(['doctor', '--json']);
  rungs = (JSON.parse(stdout) as DoctorReport).rungs.filter(({ engine }) => engine === 'podman');
});
afterAll(async () => await home.remove());

/** Without cgroup v2 the kernel lets no ordinary user limit memory: Podman's documentation of `--memory`. */
const hasUnifiedCgroups = existsSync('/sys/fs/cgroup/cgroup.controllers');

async function startOn(runtime: string) {
  const manifest = home.manifest({
    bottles: { box: { resources: { memory: '256m', pids: 600 } } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
  const where = ['--manifest', manifest, '--yes', '--runtime', runtime];
  const project = home.project(`project-${runtime}`, { 'a.txt': 'a\n' });
  return await home.run(['start', 'worker', project, ...where, '--', 'sh', '-c', 'id -u; echo b > b.txt']);
}

/** The result of a start for each status that doctor reports; `made` is the number of bottles. */
const MET = {
  ready: {
    code: 0,
    stdout: expect.stringMatching(/^\d+\n$/) as string,
    made: 1,
    applied: 'written:\n  b.txt\n',
  },
  installed: { code: 6, stdout: '', made: 0, applied: '' },
};
/** Without cgroup v2 a user cannot get a control group: there the rung is never ready. */
const FOUND = hasUnifiedCgroups
  ? { status: expect.stringMatching(/^(ready|installed)$/) as string }
  : {
      status: 'installed',
      reason: expect.stringMatching(
        /did not apply the requested settings: Memory: asked for \d+, the engine has 0/,
      ) as string,
      fix: expect.stringMatching(/boot with cgroup v2 .* or use runtime: bubblewrap/) as string,
    };

test.each(['runc', 'crun', 'runsc'])('%s: doctor and a start agree', async (runtime) => {
  const rung = rungs.find((rung) => rung.runtime === runtime);
  expect(rung).toMatchObject(FOUND);
  expect(rung?.evidence).toMatchObject({ mode: 'rootless', cgroup: hasUnifiedCgroups ? 'v2' : 'v1' });

  const before = await home.list();
  const { code, stdout, stderr } = await startOn(runtime);
  const made = (await home.list()).slice(before.length);
  const applied = await home.run(['apply', made[0]?.id ?? 'none']);
  const met = { code, stdout, made: made.length, applied: applied.stdout };
  const says = rung?.status === 'ready' ? `${runtime} on podman` : `: installed: ${rung?.reason}\n`;
  expect({ met, stderr }).toEqual({
    met: MET[rung?.status === 'ready' ? 'ready' : 'installed'],
    stderr: expect.stringContaining(says) as string,
  });
});
