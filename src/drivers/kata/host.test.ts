import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { hostFault, readKataHost, vmmsIn, type KataHost } from './host.ts';

/** As in src/runtime/config/configuration-qemu.toml.in of kata-containers 4.1.0. */
const QEMU = `[hypervisor.qemu]
path = "/opt/kata/bin/qemu-system-x86_64"
kernel = "/opt/kata/share/kata-containers/vmlinux.container"
valid_hypervisor_paths = ["/opt/kata/bin/qemu-system-x86_64"]
[runtime]
internetworking_model = "tcfilter"
`;

test.each([
  ['a VMM', QEMU, ['/opt/kata/bin/qemu-system-x86_64']],
  ['a VMM that is part of the shim', '[hypervisor.dragonball]\npath = "/opt/kata/bin/dragonball"\n', []],
  ['none', '[runtime]\n', []],
  ['no TOML', '[hypervisor', []],
])('a configuration of Kata names %s', (_what, text, vmms) => {
  expect(vmmsIn(text)).toEqual(vmms);
});

describe('hosts for Kata', () => {
  const GOOD: KataHost = { platform: 'linux', kvm: 'there', extension: 'vmx', configuration: undefined };
  const path = '/etc/kata-containers/configuration.toml';
  const lost = { path, vmms: [{ path: '/opt/kata/bin/qemu-system-x86_64', isThere: false }] };

  it('a host with KVM and the VMM is fit for Kata', () => {
    expect(hostFault(GOOD)).toBeUndefined();
    expect(
      hostFault({ ...GOOD, configuration: { path, vmms: [{ path: '/q', isThere: true }] } }),
    ).toBeUndefined();
  });

  it.each([
    ['that is no Linux', { platform: 'darwin' }, /Linux only/, /^runtime: apple/],
    ['without KVM, of Intel', { kvm: 'missing' }, /no \/dev\/kvm/, /^sudo modprobe kvm_intel$/],
    ['without KVM, of AMD', { kvm: 'missing', extension: 'svm' }, /no \/dev\/kvm/, /^sudo modprobe kvm_amd$/],
    ['that virtualises nothing', { kvm: 'missing', extension: undefined }, /no \/dev\/kvm/, /nested/],
    ['with a file in its place', { kvm: 'no device' }, /is no device/, /ls -l \/dev\/kvm/],
    [
      'without the VMM',
      { configuration: lost },
      /VMM is not there: .*configuration\.toml names/,
      /install qemu-/,
    ],
  ] as const)('%s is refused with the next step', (...[, changed, reason, fix]) => {
    expect(hostFault({ ...GOOD, ...changed })).toMatchObject({
      status: 'installed',
      reason: expect.stringMatching(reason) as string,
      fix: expect.stringMatching(fix) as string,
    });
  });
});

describe('reading this host for Kata', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bb-kata-host-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("the host's configuration is the one that the registration names", () => {
    const path = join(folder, 'configuration.toml');
    writeFileSync(path, QEMU.replace(/path = .*/, `path = "${process.execPath}"`));
    expect(readKataHost(path, '').configuration).toEqual({
      path,
      vmms: [{ path: process.execPath, isThere: true }],
    });
  });

  it('an absent configuration has no faults', () => {
    expect(readKataHost(join(folder, 'missing.toml'), '').configuration).toBeUndefined();
  });
});
