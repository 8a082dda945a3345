import { join } from 'node:path';
import { reasonOf } from '../../../errors.ts';
import { bootId } from '../../../host/boot.ts';
import { readTextIfThere, writeFileAtomic } from '../../../host/files.ts';
import { cacheDir } from '../../../host/paths.ts';
import type { Accelerator, Vmm } from '../vmm/vmm.ts';
import { tryAccelerator, type LookWork } from './try.ts';

/** What runs a machine's code on this host, by trying: found once for each boot and kernel, as it takes a start. */
export interface Acceleration {
  readonly accelerator: Accelerator;
  /** How fast a machine's clock counts, measured in one. */
  readonly tscKhz: number;
  /** How many times longer a program takes than on this host itself, measured. */
  readonly slowdown: number;
  /** Why it is not one that is quicker; undefined: there is none. */
  readonly whyNotKvm: string | undefined;
}

/** As it was found since this boot, or tried now. @throws BottleError `dependencyMissing`, `rungUnavailable` */
export async function acceleration(vmm: Vmm, work: LookWork): Promise<Acceleration> {
  const kept = await readTextIfThere(await keptPath(vmm, work));
  return kept === undefined ? await tryAcceleration(vmm, work) : (JSON.parse(kept) as Acceleration);
}

/** Tries it, whatever is kept. @throws BottleError `dependencyMissing`, `rungUnavailable`: why the last of them does not run */
export async function tryAcceleration(vmm: Vmm, work: LookWork): Promise<Acceleration> {
  let whyNotKvm: string | undefined;
  for (const [index, accelerator] of vmm.accelerators.entries()) {
    try {
      const found: Acceleration = {
        accelerator,
        whyNotKvm,
        ...(await tryAccelerator(vmm, accelerator, work)),
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

const keptPath = async ({ programName }: Vmm, { kernel }: LookWork): Promise<string> =>
  join(
    cacheDir(),
    'machines',
    `${await bootId()}-${programName}-${kernel.digest.replace(/^sha256:/, '').slice(0, 16)}.json`,
  );
