/**
 * Nothing seeds a machine's randomness but the device that `init` opens when it is a bottle's: those that go on from one that was
 * saved could have the same keys (Documentation/admin-guide/kernel-parameters: random.trust_cpu, random.trust_bootloader).
 */
export const UNSEEDED: readonly string[] = ['random.trust_cpu=off', 'random.trust_bootloader=off'];
