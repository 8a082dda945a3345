import { describe, expect, it } from 'vitest';
import { isVmmOf, machineOf, type SeenProcess } from './machine.ts';

const ID = 'c6d74c032319053a9d518cc688f52eacf6cc42768c5e473930531fc893e5472e';
const OTHER = ID.replaceAll('c', 'd');
const SHIM = '/opt/kata/bin/containerd-shim-kata-v2';
const shimArgs = (id: string): string[] => [SHIM, '-id', id, '-namespace', 'moby', '-address', '/run/c.sock'];

const seen = (
  [pid, parent]: readonly [pid: number, parent: number],
  args: readonly string[],
  holds?: boolean,
): SeenProcess => ({
  pid,
  parent,
  args,
  program: holds === undefined ? undefined : args[0],
  holdsMachine: holds,
});
const vmm = (parent: number, holds?: boolean, id = ID): SeenProcess =>
  seen([30, parent], ['/opt/kata/bin/qemu-system-x86_64', '-name', `sandbox-${id},debug-threads=on`], holds);
const shim = (holds?: boolean, id = ID): SeenProcess => seen([20, 1], shimArgs(id), holds);
const virtiofsd = (holds?: boolean): SeenProcess =>
  seen([25, 20], ['/opt/kata/libexec/virtiofsd', `--socket-path=/run/kata/${ID}/vhost-fs.sock`], holds);
const ask = (processes: readonly SeenProcess[], pid = 30) =>
  machineOf(processes, { containerId: ID, pid, shim: SHIM });

describe('machines that are found', () => {
  it('root finds the machine that a VMM started by the shim holds', () => {
    expect(ask([shim(false), virtiofsd(false), vmm(20, true)])).toMatchObject({
      vmm: 'qemu-system-x86_64',
      pid: 30,
    });
  });

  it("the machine is found where the shim is the container's process: the runtime in Rust", () => {
    expect(ask([shim(false), vmm(20, true)], 20)).toMatchObject({ pid: 30 });
  });

  it('the machine is found where QEMU has left its shim: the runtime in Go', () => {
    expect(ask([shim(false), vmm(1, true)])).toMatchObject({ pid: 30 });
  });

  it('the machine is found where the shim is the VMM: Dragonball', () => {
    expect(ask([shim(true)], 20)).toMatchObject({ vmm: 'containerd-shim-kata-v2', pid: 20 });
  });

  it("the machine is found where the runtime's name is a link to the shim, as in Kata's own tests", () => {
    const question = { containerId: ID, pid: 30, shim: 'containerd-shim-kata-qemu-v2' };
    expect(machineOf([shim(false), vmm(20, true)], question)).toMatchObject({ pid: 30 });
  });

  it("the machine is found although another process has the shim's name", () => {
    const other = seen([10, 1], shimArgs(ID), false);
    expect(ask([other, shim(false), vmm(20, true)])).toMatchObject({ pid: 30 });
    expect(ask([other, shim(false), vmm(20, true)], 20)).toMatchObject({ pid: 30 });
  });

  it('the machine is found where QEMU is one of several in a release', () => {
    const path = '/opt/kata/bin/qemu-system-x86_64-snp-experimental';
    expect(ask([shim(), seen([30, 20], [path, '-name', `sandbox-${ID}`])])).toMatchObject({ pid: 30 });
  });

  it("another user finds the machine by the VMM's name", () => {
    expect(ask([shim(), virtiofsd(), vmm(20)])).toMatchObject({
      seen: expect.stringContaining('only root') as string,
    });
  });
});

describe('machines that are not found', () => {
  it.each([
    ['without a shim', [vmm(1, true)], /no containerd-shim-kata-v2 of this container/],
    ['with another container’s shim', [shim(false, OTHER), vmm(20, true)], /no containerd-shim-kata-v2/],
    ['with another container’s VMM', [shim(false), vmm(1, true, OTHER)], /is not of its/],
    [
      'with a shim of containerd’s',
      [seen([20, 1], ['/usr/bin/containerd-shim-runc-v2', '-id', ID]), vmm(20)],
      /no containerd-shim-kata/,
    ],
    [
      'with another’s VMM of this name, and gVisor',
      [
        shim(false),
        seen([30, 20], ['runsc-sandbox', ID], false),
        seen([99, 1], ['/home/m/qemu-system-x86_64', '-name', `x${ID}`], true),
      ],
      /has a virtual machine of KVM/,
    ],
    [
      'by a user, with another’s VMM of this name',
      [shim(), seen([30, 20], ['runsc-sandbox', ID]), seen([99, 1], ['/home/m/qemu-system-x86_64', ID])],
      /no VMM that this user/,
    ],
    ['with a VMM that emulates', [shim(false), vmm(20, false)], /has a virtual machine of KVM/],
    [
      'with another process of the shim’s',
      [shim(false), seen([30, 20], ['runsc-sandbox', ID], false)],
      /has a virtual machine/,
    ],
    [
      'by a user, with another process',
      [shim(), seen([30, 20], ['runsc-sandbox', ID])],
      /no VMM that this user could see/,
    ],
    ['by a user, of Dragonball', [shim(), seen([30, 20], ['x'])], /no VMM that this user/],
    [
      'where the engine calls another process the container’s',
      [shim(false), vmm(20, true), seen([40, 1], ['sleep'])],
      /process 40/,
      40,
    ],
  ] as const)('no machine is found: %s', (...[, processes, fault, pid = 30]) => {
    expect(ask(processes, pid)).toEqual({ fault: expect.stringMatching(fault) as string });
  });
});

it('a VMM that outlives its shim is recognised by its container', () => {
  expect(isVmmOf(vmm(1).args, ID)).toBe(true);
  expect(isVmmOf(vmm(1).args, OTHER)).toBe(false);
  expect(isVmmOf(['/bin/sleep', ID], ID)).toBe(false);
});
