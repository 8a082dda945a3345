import { join } from 'node:path';
import { reasonOf } from '../../../errors.ts';
import { bootId } from '../../../host/system/boot.ts';
import { readTextIfThere, writeFileAtomic } from '../../../host/files.ts';
import { cacheDir } from '../../../host/paths.ts';
import type { Accelerator, Vmm } from '../vmm/vmm.ts';
import { tryAccelerator, type LookWork } from './try.ts';

/**
 * How a VMM runs machine code on this host, found by a trial. The result is kept per boot and kernel, because a trial
 * starts a machine.
 */
export interface Acceleration {
  readonly accelerator: Accelerator;
  /** Frequency of a machine's clock (TSC) in kHz, measured in a machine. */
  readonly tscKhz: number;
  /** How many times longer a program takes than on this host itself, measured. */
  readonly slowdown: number;
  /** Why KVM does not run. Undefined: the first accelerator of the VMM runs. */
  readonly whyNotKvm: string | undefined;
}

/** Returns the result kept since this boot, or tries now. @throws BottleError `dependencyMissing`, `rungUnavailable` */
export async function acceleration(vmm: Vmm, work: LookWork): Promise<Acceleration> {
  return (await keptAcceleration(vmm, work)) ?? (await tryAcceleration(vmm, work));
}

async function keptAcceleration(vmm: Vmm, work: LookWork): Promise<Acceleration | undefined> {
  const kept = await readTextIfThere(await keptPath(vmm, work));
  return kept === undefined ? undefined : (JSON.parse(kept) as Acceleration);
}

/**
 * Keeps the earlier frequency where the new one differs by less than 1%, because saved machines were started with it.
 */
const steady = (tscKhz: number, kept: Acceleration | undefined): number =>
  kept !== undefined && Math.abs(tscKhz / kept.tscKhz - 1) < 0.01 ? kept.tscKhz : tscKhz;

/**
 * Tries each accelerator, whatever is kept.
 * @throws BottleError `dependencyMissing`, `rungUnavailable`: why the last one does not run
 */
export async function tryAcceleration(vmm: Vmm, work: LookWork): Promise<Acceleration> {
  let whyNotKvm: string | undefined;
  const kept = await keptAcceleration(vmm, work);
  for (const [index, accelerator] of vmm.accelerators.entries()) {
    try {
      const measured = await tryAccelerator(vmm, accelerator, work);
      const found: Acceleration = {
        ...measured,
        accelerator,
        whyNotKvm,
        tscKhz: steady(measured.tscKhz, kept),
      };
      await writeFileAtomic(await keptPath(vmm, work), JSON.stringify(found));
      return found;
    } catch (error) {
      work.signal.throwIfAborted();
      if (index === vmm.accelerators.length - 1) throw error;
      whyNotKvm = reasonOf(error);
    }
  }
  throw new Error(`${vmm.programName} runs nothing`);
}

async function keptPath({ programName }: Vmm, { kernel }: LookWork): Promise<string> {
  const ofKernel = kernel.digest.replace(/^sha256:/, '').slice(0, 16);
  return join(cacheDir(), 'machines', `${await bootId()}-${programName}-${ofKernel}.json`);
}
