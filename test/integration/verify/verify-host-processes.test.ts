import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { kill, pid } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { assetPath } from '../../../src/host/paths.ts';
import { argumentsOf, everyPid } from '../../../src/host/processes.ts';
import { makeNonce } from '../../../src/verify/arena/nonce.ts';
import { findProcess, watchHostProcesses, whyBlind } from '../../../src/verify/processes/host-processes.ts';
import { viewProcess } from '../../../src/verify/processes/process-view.ts';
import { PROBES } from '../../../src/verify/probes/index.ts';

const KERNEL = PROBES.filter(({ family }) => family === 'kernel');

const script = assetPath('verify/kernel.pl');

/** Runs the perl program of a probe, as the probe does, and watches until something is seen, or for `holdSeconds`. */
async function watch(id: string, what: string, holdSeconds = 20) {
  const probes = KERNEL.filter((probe) => probe.id === id);
  const nonces = { attempts: { [id]: makeNonce() }, controls: { [id]: makeNonce() } };
  const [attempt = '', control = ''] = [nonces.attempts[id], nonces.controls[id]];
  using processes = watchHostProcesses({
    probes,
    nonces,
    bottle: viewProcess(pid),
    bystanderPid: pid,
  });
  const perl = spawn('perl', [script, what, control, String(holdSeconds)]);
  const closed = once(perl, 'close');
  while (perl.exitCode === null && processes.seen(control).length === 0) await sleep(20);
  for (const other of everyPid()) if (argumentsOf(other).includes(control)) kill(other, 'SIGKILL');
  await closed;
  return {
    attempt: processes.wasMade(attempt),
    made: processes.wasMade(control),
    seen: processes.seen(control),
  };
}

test.concurrent.each([
  ['bpf-map', 'own-eventfd'],
  ['device-open', 'own-device'],
  ['sysrq', 'own-kernel-file'],
  ['ns-user', 'own-name'],
  ['trace-host', 'own-name'],
  ['limit-host', 'own-limit'],
  ['nice', 'own-nice'],
  ['map-zero', 'own-page'],
  ['packet-socket', 'own-socket'],
])('every process can be observed from outside: the control of %s', async (id, what) => {
  const { attempt, made, seen } = await watch(id, what);
  expect(seen).not.toEqual([]);
  expect([attempt, made]).toEqual([false, true]);
});

test('a control for another request is not observed', async () => {
  expect(await watch('bpf-map', 'own-name', 0.5)).toMatchObject({ made: true, seen: [] });
});

test('a process is found by all of its arguments', async () => {
  const argv = ['sh', '-c', 'read -r line', makeNonce()];
  const child = spawn('sh', argv.slice(1), { stdio: ['pipe', 'ignore', 'ignore'] });
  try {
    await sleep(100);
    expect(findProcess(argv)).toBe(child.pid);
    expect(findProcess(argv.slice(0, -1))).toBeUndefined();
    expect(whyBlind(child.pid)).toBeUndefined();
  } finally {
    child.kill('SIGKILL');
  }
});
