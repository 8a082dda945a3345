import type { Probe, Sign } from '../probe.ts';

/** What all attempts on the kernel have in common. `control`: where the sign's own is not meant. */
export const onKernel = (sign: Sign, control?: Sign) =>
  ({
    family: 'kernel',
    means: 'sharedKernel',
    oracle: { kind: 'process', sign, ...(control === undefined ? {} : { control }) },
    control: 'process',
  }) as const satisfies Partial<Probe>;
