import type { Rung, RuntimeName } from '../../driver.ts';
import { FIRECRACKER_VMM } from './firecracker.ts';
import { QEMU_VMM } from './qemu.ts';
import type { Vmm } from './vmm.ts';

/** VMMs by runtime. */
const VMMS: Readonly<Partial<Record<RuntimeName, Vmm>>> = { qemu: QEMU_VMM, firecracker: FIRECRACKER_VMM };

/** Returns the VMM of a rung. @throws Error where the runtime makes no machines */
export function vmmOf({ runtime }: Pick<Rung, 'runtime'>): Vmm {
  const vmm = VMMS[runtime];
  if (vmm === undefined) throw new Error(`${runtime} makes no machines`);
  return vmm;
}
