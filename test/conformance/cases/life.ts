import { expect } from 'vitest';
import type { Bench } from '../support/bench.ts';
import { leftoversOf } from '../support/leftovers.ts';
import { idsOnDisk, receiptOf } from '../support/state.ts';
import { insideOwner } from '../support/rung.ts';

const WAIT = ['sh', '-c', 'echo ready; cat'];

/** Tests a bottle's life from start to removal: what scripts rely on, and what remains. */
export function lifeCases(bench: Bench): void {
  const { runtime, boundary, engine, networkForm } = bench.rung;

  bench.case('two bottles start in the same second, run at once, and both are listed', async () => {
    const bottles = await Promise.all(['one', 'two'].map(async (name) => await bench.live(name, WAIT)));
    const ids = bottles.map(({ id }) => id);
    const rows = (await bench.list()).filter(({ id }) => ids.includes(id));
    const wanted = { runtime, boundary, engine, state: 'running' };
    expect(rows).toEqual([expect.objectContaining(wanted), expect.objectContaining(wanted)]);
    for (const { startedAt, agent, bottle, id } of rows) {
      expect({ bottle, startedAt }).toEqual({ bottle: 'test', startedAt: new Date(startedAt).toISOString() });
      expect(id).toMatch(new RegExp(`^${agent}-[a-z0-9]+$`));
    }
    await Promise.all(bottles.map(async (bottle) => await bottle.stop()));
  });

  bench.case('a second start of the same agent is a second bottle', async () => {
    const bottles = [await bench.live('twin', WAIT)];
    bottles.push(await bench.live('twin', WAIT));
    const { code, stderr } = await bench.program.run(['exec', 'twin', '--', 'true']);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('more than one') });
    await Promise.all(bottles.map(async ({ id }) => await bench.program.run(['stop', id])));
    await Promise.all(bottles.map(async ({ ended }) => await ended));
  });

  bench.case(
    'exec runs beside the agent, as the same user, with its exit code and both outputs',
    async () => {
      const bottle = await bench.live('host', WAIT);
      const inside = await bottle.exec(['sh', '-c', 'id -u; pwd; echo "$HOME $FLAG"; echo err >&2; exit 9']);
      const { uid } = insideOwner(bench.rung);
      expect(inside).toMatchObject({ code: 9, stdout: `${uid}\n/work\n/home/agent \n`, stderr: 'err\n' });
      const status = await bottle.exec(['grep', '-h', 'Cap', '/proc/self/status']);
      expect(new Set(status.stdout.match(/[0-9a-f]{16}/g))).toEqual(new Set(['0'.repeat(16)]));
      await bottle.exec(['sh', '-c', 'echo kept > /work/file; echo kept > /tmp/file']);
      expect((await bottle.exec(['cat', '/work/file', '/tmp/file'])).stdout).toBe('kept\nkept\n');
      await bottle.stop();
      expect((await bottle.exec(['true'])).code).toBe(2);
    },
  );

  bench.case('after the end nothing is left but record, log, receipt and work', async () => {
    const bottle = await bench.live('ended', WAIT);
    expect(await leftoversOf(bench, bottle.id)).not.toEqual({});
    await bottle.exec(['sh', '-c', 'echo work > /work/new-file']);
    const { code } = await bottle.stop();
    expect(code).not.toBe(0);
    expect(await leftoversOf(bench, bottle.id)).toEqual({});
    expect(await bench.list()).toContainEqual(expect.objectContaining({ id: bottle.id, state: 'stopped' }));
    expect(receiptOf(bench, bottle.id)).toMatchObject({
      id: bottle.id,
      rung: { runtime, engine, boundary, networkForm },
      launchChecks: expect.arrayContaining([expect.objectContaining({ claim: expect.any(String) })]),
    });
    const refused = await bench.program.run(['rm', bottle.id]);
    expect(refused.code).toBe(4);
    expect((await bench.program.run(['rm', '--force', bottle.id])).code).toBe(0);
    expect(idsOnDisk(bench)).not.toContain(bottle.id);
  });

  bench.case('what the gateway has only counted is in the log of a bottle that has ended', async () => {
    const bottle = await bench.live('counted', WAIT);
    const again = 'for n in 1 2 3 4 5 6 7 8; do curl -s -o /dev/null http://counted.example/; done; true';
    expect((await bottle.exec(['sh', '-c', again])).code).toBe(0);
    await bottle.stop();
    const { stdout } = await bench.program.run(['logs', bottle.id, '--json', '--host', 'counted.example']);
    expect(stdout).toContain('"repeats":3');
  });

  bench.case('a launcher that is killed leaves nothing that gc does not remove', async () => {
    const bottle = await bench.live('crashed', WAIT);
    bottle.launcher.kill('SIGKILL');
    await bottle.ended;
    expect((await bench.program.run(['gc'])).code).toBe(0);
    expect(await leftoversOf(bench, bottle.id)).toEqual({});
  });

  bench.case('the end of the agent is the end of the bottle', async () => {
    const { code } = await bench.start(['true'], { agent: 'short' });
    expect(code).toBe(0);
    const row = (await bench.list()).find(({ agent }) => agent === 'short');
    expect(row).toMatchObject({ state: 'stopped', exitCode: 0 });
    expect(await leftoversOf(bench, row?.id ?? '')).toEqual({});
  });
}
