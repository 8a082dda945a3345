import type { Probe, Sign } from '../probe.ts';

/** Returns the common fields of all attempts on the kernel. `control`: the control's sign, if it differs. */
export const onKernel = (sign: Sign, control?: Sign) =>
  ({
    family: 'kernel',
    means: 'sharedKernel',
    oracle: { kind: 'process', sign, ...(control === undefined ? {} : { control }) },
    control: 'process',
  }) as const satisfies Partial<Probe>;
