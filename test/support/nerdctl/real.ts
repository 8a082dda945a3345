import { findProgram } from '../../../src/host/system/programs.ts';

/** Whether this host has the real nerdctl, and a shim of Kata that containerd finds. */
export const hasRealNerdctl = (): boolean =>
  findProgram('nerdctl') !== undefined && findProgram('containerd-shim-kata-v2') !== undefined;
