import type { Rung, RuntimeName } from '../../driver.ts';
import { FIRECRACKER_VMM } from './firecracker-vmm.ts';
import { QEMU_VMM } from './qemu.ts';
import type { Vmm } from './vmm.ts';

/** By the rung that is made with it. */
const VMMS: Readonly<Partial<Record<RuntimeName, Vmm>>> = { qemu: QEMU_VMM, firecracker: FIRECRACKER_VMM };

/** What runs the machines of a rung. */
export function vmmOf({ runtime }: Pick<Rung, 'runtime'>): Vmm {
  const vmm = VMMS[runtime];
  if (vmm === undefined) throw new Error(`${runtime} makes no machines`);
  return vmm;
}
