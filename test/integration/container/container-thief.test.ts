import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultImageReference } from '../../../src/drivers/image/recipe.ts';
import type { NetworkForm } from '../../../src/drivers/driver.ts';
import { run, runOrThrow } from '../../../src/host/run.ts';
import { openTestBottle } from './container.bottle.ts';

/** An image whose shell belongs to the attacker runs before the gate opens, beside the gateway's opener. */

const IMAGE = 'localhost/bot-bottle-test/thief:1';
const STARTS = 6;
/** A DNS server that shares its port, as the gateway's does for a moment. */
const SHARING = `use Socket; socket my $s, AF_INET, SOCK_DGRAM, 0; setsockopt $s, SOL_SOCKET, SO_REUSEADDR, 1;
bind $s, pack_sockaddr_in(53, inet_aton("127.0.0.1")) or die; exit system("/usr/bin/sh", "try") >> 8;`;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-thief-'));
  cpSync(new URL('./port-thief.pl', import.meta.url), join(folder, 'thief'));
  chmodSync(join(folder, 'thief'), 0o755);
  const dockerfile = [
    `FROM ${defaultImageReference()}`,
    'USER root',
    'COPY thief /usr/bin/sh.new',
    'RUN ["/bin/dash", "-c", "mv /usr/bin/sh.new /usr/bin/sh"]',
  ];
  writeFileSync(join(folder, 'Dockerfile'), `${dockerfile.join('\n')}\n`);
  await runOrThrow('docker', ['build', '--tag', IMAGE, folder], { timeoutMs: 120_000 });
  rmSync(folder, { recursive: true });
});
afterAll(async () => await runOrThrow('docker', ['rmi', '--force', IMAGE]));

it('the thief can take a shared port (control)', async () => {
  const sysctl = ['--sysctl', 'net.ipv4.ip_unprivileged_port_start=0'];
  const options = [
    'run',
    '--rm',
    '--user',
    '1000:1000',
    '--network',
    'none',
    ...sysctl,
    '--entrypoint',
    'perl',
  ];
  expect(await run('docker', [...options, IMAGE, '-e', SHARING])).toMatchObject({ exitCode: 0, stderr: '' });
});

/** Returns the output of the agent and the thief, or the reason why there was no bottle. */
async function outcomeOf(form: NetworkForm): Promise<string> {
  const argv = ['/bin/dash', '-c', 'echo opened'];
  const spec = { image: { kind: 'reference', reference: IMAGE }, argv } as const;
  try {
    const bottle = await openTestBottle({ engine: 'docker', runtime: 'runc', form, spec });
    const { stdout, stderr } = await (await bottle.launch()).ended();
    await bottle.remove();
    return stdout + stderr;
  } catch (error) {
    return String(error).includes('UDP 53 is shared by 2 sockets') ? 'refused' : String(error);
  }
}

describe.each(['joined', 'holder'] as const)('in the %s form', (form) => {
  it('no bottle opens in which the thief answers in place of the gateway', async () => {
    for (let start = 0; start < STARTS; start += 1) {
      expect(['refused', 'opened\n']).toContain(await outcomeOf(form));
    }
  });
});
