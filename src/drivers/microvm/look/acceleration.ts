import { join } from 'node:path';
import { reasonOf } from '../../../errors.ts';
import { bootId } from '../../../host/boot.ts';
import { readTextIfThere, writeFileAtomic } from '../../../host/files.ts';
import { cacheDir } from '../../../host/paths.ts';
import type { LongWork } from '../../image/long-run.ts';
import type { Accelerator } from '../vmm/qemu.ts';
import { tryAccelerator } from './try.ts';

/** What runs a machine's code on this host, by trying: found once for each boot, as it takes a start. */
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
export async function acceleration(work: LongWork): Promise<Acceleration> {
  const kept = await readTextIfThere(await keptPath());
  return kept === undefined ? await tryAcceleration(work) : (JSON.parse(kept) as Acceleration);
}

/** Tries it, whatever is kept. @throws BottleError `dependencyMissing`, `rungUnavailable` */
export async function tryAcceleration(work: LongWork): Promise<Acceleration> {
  const kvm = await tryAccelerator('kvm', work).catch((error: unknown) => whyNot(error, work));
  const found: Acceleration =
    typeof kvm === 'string'
      ? { accelerator: 'tcg', whyNotKvm: kvm, ...(await tryAccelerator('tcg', work)) }
      : { accelerator: 'kvm', whyNotKvm: undefined, ...kvm };
  await writeFileAtomic(await keptPath(), JSON.stringify(found));
  return found;
}

function whyNot(error: unknown, { signal }: LongWork): string {
  signal.throwIfAborted();
  return reasonOf(error);
}

const keptPath = async (): Promise<string> => join(cacheDir(), 'machines', `${await bootId()}.json`);
