import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { agentOwner } from '../../../src/host/user.ts';
import { openNerdctlHome, type NerdctlHome } from '../../support/nerdctl/nerdctl-home.ts';
import type { KataFault } from '../../support/kata/install.ts';
import type { Settings } from '../../support/nerdctl/settings.ts';

/** Kata by nerdctl from the user's side, with stand-ins for both: starts, refusals, and no leftovers. */

let its: NerdctlHome;
beforeAll(async () => (its = await openNerdctlHome()), 240_000);
beforeEach(async () => await its.reset());
afterAll(async () => await its.close());

describe('a bottle', () => {
  it('a Kata bottle of nerdctl starts, and its receipt names the machine and that it had no network', async () => {
    const before = its.idsOnDisk();
    const { code, stdout, stderr } = await its.start([
      'sh',
      '-c',
      'read -r line </proc/version; echo "$line"',
    ]);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const [id = ''] = its.idsOnDisk().filter((one) => !before.includes(one));
    const { evidence, launchChecks } = its.home.receipt(id);
    expect(stdout.trim()).toBe(evidence['guestKernel']);
    expect(evidence['hostKernel']).not.toBe(evidence['guestKernel']);
    expect(evidence).toMatchObject({
      runtime: its.kata.runtime,
      machine: expect.stringMatching(
        /^qemu-system-x86_64, process \d+: holds a virtual machine of KVM$/,
      ) as string,
    });
    const ids = launchChecks.map((check) => check.id);
    expect(ids).toEqual(
      expect.arrayContaining(['network.interfaces', 'link.network.interfaces', 'machine.mounts']),
    );
    expect(await its.left()).toBe('');
  });

  it("trap exit-code-of-exec: a bottle ends with the agent's exit code, and with 127 or 126 where there is none", async () => {
    expect(await its.start(['sh', '-c', 'exit 7'])).toMatchObject({ code: 7 });
    expect(await its.start(['/no/such'])).toMatchObject({ code: 127 });
    expect(await its.start(['/etc/passwd'])).toMatchObject({ code: 126 });
    expect(await its.start(['sh', '-c', 'kill -TERM $$'])).toMatchObject({ code: 143 });
  });

  it('a Kata bottle of nerdctl reads input to its end, and writes megabytes of output', async () => {
    const stdin = 'a line of many\n'.repeat(200_000);
    const { code, stdout, stderr } = await its.start(['sh', '-c', 'cat; echo over'], { stdin });
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout === `${stdin}over\n`).toBe(true);
  });

  it("a Kata bottle of nerdctl has a separate terminal: size, Ctrl-C, and the user's is restored", async () => {
    const terminal = its.home.terminal(
      its.startArgs(['sh', '-c', 'stty size; trap "echo caught; exit 3" INT; echo ready; sleep 60']),
      {
        env: its.env,
        columns: 91,
        rows: 23,
      },
    );
    await terminal.shows(/23 91/);
    await terminal.shows(/ready/);
    terminal.type('\u0003');
    await terminal.shows(/caught/);
    expect(await terminal.ended()).toBe(3);
  });

  it("trap volumes-of-an-image: an image's volumes are bounded, and nothing is left of them", async () => {
    const reference = 'localhost/bot-bottle-test/volumes:1';
    await its.loadDerived(reference, { Volumes: { '/data': {} } });
    const image = `bottle with ${reference}`;
    const { code, stdout, stderr } = await its.start(
      ['sh', '-c', 'grep " /data " /proc/mounts && touch /data/x'],
      {
        bottle: { image: reference },
      },
    );
    expect({ code, stderr: code === 0 ? '' : stderr, image }).toEqual({ code: 0, stderr: '', image });
    expect(stdout).toMatch(/tmpfs/);
    expect(await its.client('volume', 'ls', '--quiet').catch(() => '')).toBe('');
  });

  it('trap labels-of-an-image: an image whose label has containerd start a host program is refused before anything is made', async () => {
    const reference = 'localhost/bot-bottle-test/labels:1';
    const markPath = join(its.home.dir, 'ran-on-the-host');
    const loguri = `binary:///bin/sh?-c=${encodeURIComponent(`id >${markPath}`)}`;
    await its.loadDerived(reference, {
      Labels: { 'containerd.io/restart.status': 'running', 'containerd.io/restart.loguri': loguri },
    });
    // Control: if the client alone creates it, containerd runs the program at its next check of its containers.
    const args = ['--network', 'none', '--runtime', its.kata.runtime, reference, 'true'];
    const made = (await its.client('create', '--name', 'labelled', ...args)).trim();
    expect(made).toMatch(/^[0-9a-f]{64}$/);
    await expect.poll(() => existsSync(markPath), { timeout: 60_000 }).toBe(true);
    await its.client('rm', '--force', 'labelled');
    rmSync(markPath);
    const { code, stdout, stderr } = await its.start(['echo', 'ran'], { bottle: { image: reference } });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('containerd.io/restart.loguri');
    expect(await its.left()).toBe('');
  });

  it("an image's short name means the same as its full one", async () => {
    await its.loadDerived('docker.io/library/short:1', {});
    expect(await its.start(['echo', 'ran'], { bottle: { image: 'short:1' } })).toMatchObject({
      code: 0,
      stdout: 'ran\n',
    });
  });

  it('a bottle has the requested share of the processors, as far as they exist', async () => {
    const bottle = { resources: { cpus: 0.29 } };
    expect(await its.start(['echo', 'ran'], { bottle })).toMatchObject({ code: 0, stdout: 'ran\n' });
  });

  it('trap environment-of-an-image: an image whose variable has perl load a file is refused, and nothing runs', async () => {
    const reference = 'localhost/bot-bottle-test/environment:1';
    await its.loadDerived(reference, { Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'PERL5OPT=-d:Evil'] });
    const { code, stdout, stderr } = await its.start(['echo', 'ran'], { bottle: { image: reference } });
    expect({ code: code === 0, stdout }).toEqual({ code: false, stdout: '' });
    expect(stderr).toContain('PERL5OPT');
    expect(await its.left()).toBe('');
  });
});

describe('settings that nerdctl did not apply', () => {
  test.each<readonly [string, Settings['faults'], readonly KataFault[], RegExp]>([
    [
      'a network in the machine',
      [{ name: 'none-has-a-network' }],
      [],
      /no network, and has|network\.(?:interfaces|routes)/,
    ],
    [
      'a mount that is not there',
      [{ name: 'drops-a-mount', at: '/home/agent' }],
      [],
      /machine\.mounts|home\/agent/,
    ],
    ['a root that can be written', [{ name: 'root-stays-writable' }], [], /machine\.root/],
    ['more capabilities', [{ name: 'keeps-capabilities' }], [], /machine\.capabilities/],
    ['no machine', [], ['no machine'], /not seen to be a machine/],
    ['no virtual machine of KVM', [], ['no kvm'], /no process of its .* has a virtual machine of KVM/],
    ['the host’s kernel', [], ['shared kernel'], /its kernel is the host's own/],
    ['input that never arrives', [{ name: 'exec-loses-stdin' }], [], /closed and connected/],
    ['a client that never returns', [{ name: 'hangs', at: 'start' }], [], /did not start a machine within/],
    [
      'containerd that goes away',
      [{ name: 'loses-containerd', at: 'create' }],
      [],
      /containerd does not run/,
    ],
  ])('a start refuses a wrong setting before the agent runs: %s', async (...[, faults, ofKata, words]) => {
    // The first start confirms that the rung is ready; this stays known until a start fails on it.
    expect(await its.start(['true'])).toMatchObject({ code: 0 });
    await its.nerdctl.configure({ faults });
    await its.kata.fail(ofKata);
    const { code, stdout, stderr } = await its.start(['echo', 'ran'], { timeoutMs: 200_000 });
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    expect(stderr).toMatch(words);
    await its.nerdctl.configure({});
    expect(await its.left()).toBe('');
  });

  it('a start refuses an agent whose id a user of this host has', async () => {
    const { uid } = agentOwner();
    const binDir = join(its.home.dir, 'host-users');
    mkdirSync(binDir);
    const line = `[ "$1 $2" = "passwd ${uid}" ] || exit 2; echo "someone:x:${uid}:${uid}::/:/bin/sh"`;
    writeFileSync(join(binDir, 'getent'), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    const env = { PATH: `${binDir}:${its.env['PATH'] ?? ''}` };
    const { code, stdout, stderr } = await its.start(['echo', 'ran'], { env });
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    expect(stderr).toContain(`id ${uid} is someone in the passwd database of this host`);
    expect(await its.left()).toBe('');
  });
});
