/**
 * Lets only the device seed a machine's randomness, which `init` opens once it has a bottle's settings. Otherwise
 * machines resumed from one saved machine could have the same keys (Documentation/admin-guide/kernel-parameters:
 * random.trust_cpu, random.trust_bootloader).
 */
export const UNSEEDED: readonly string[] = ['random.trust_cpu=off', 'random.trust_bootloader=off'];
