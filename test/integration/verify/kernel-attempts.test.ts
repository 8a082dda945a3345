import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { assetPath } from '../../../src/host/paths.ts';
import { isRoot, agentOwner } from '../../../src/host/user.ts';
import { makeNonce } from '../../../src/verify/arena/nonce.ts';
import { startVictim } from '../../../src/verify/arena/victims.ts';
import { PROBES } from '../../../src/verify/probes/index.ts';

const KERNEL = PROBES.filter(({ family }) => family === 'kernel');

const script = assetPath('verify/kernel.pl');

/** Runs the script as an ordinary user; returns its result, in the kernel's words or its own, and perl's complaints. */
async function ask(what: string, pid: number, env = process.env): Promise<string> {
  const perl = spawn('perl', [script, what, makeNonce(), '0.02', String(pid)], {
    cwd: '/',
    env,
    ...(isRoot() ? agentOwner() : {}),
  });
  const [said, complaint] = await Promise.all([text(perl.stdout), text(perl.stderr)]);
  return said + complaint;
}

test('no attempt on the kernel fails by a fault of its own, which would look like a held probe', async () => {
  const victim = startVictim(agentOwner());
  try {
    for (const { id } of KERNEL) {
      const said = await ask(id, victim.pid);
      expect.soft(said, id).not.toBe('');
      expect.soft(said, id).not.toMatch(/ at .* line \d+|no such attempt/);
    }
  } finally {
    victim.end();
  }
}, 120_000);

/** A shell that reads its input slowly, as on a busy host. */
const SLOW_SHELL = '#!/bin/sh\nsleep 1\nexec /bin/sh "$@"\n';

test('the search in memory waits until the value is there', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'slow-'));
  try {
    chmodSync(dir, 0o755);
    writeFileSync(join(dir, 'sh'), SLOW_SHELL, { mode: 0o755 });
    const said = await ask('own-memory', 0, { ...process.env, PATH: `${dir}:${process.env['PATH'] ?? ''}` });
    expect(said).toContain('nothing in its way');
  } finally {
    rmSync(dir, { recursive: true });
  }
});
