import type { ContainerPlan } from '../body/hardening.ts';

/**
 * Settings for Kata that an engine's own settings do not cover. Its runtime drops the limit of processes, omits the
 * seccomp filter, and adds a container's memory to the machine's own: constraintGRPCSpec in
 * src/runtime/virtcontainers/kata_agent.go of kata-containers 4.1.0. bot-bottle reads all of it back from inside
 * (kata/inside.ts).
 */

const MIB = 1024 * 1024;

const ANNOTATION = 'io.katacontainers.config';

/**
 * The same container in a separate machine. The machine limits its memory, so the container requests none; the threads
 * of its kernel count as processes. Annotations: docs/how-to/how-to-set-sandbox-config-kata.md. Kata's agent sets the
 * sysctls in the guest (set_sysctls in src/agent/rustjail/src/container.rs). Pure.
 */
export const machinePlan = (plan: ContainerPlan): ContainerPlan => ({
  ...plan,
  limits: { ...plan.limits, memoryBytes: 0 },
  sysctls: { ...plan.sysctls, 'kernel.threads-max': String(plan.limits.pids) },
  annotations: {
    ...plan.annotations,
    [`${ANNOTATION}.hypervisor.default_memory`]: String(Math.floor(plan.limits.memoryBytes / MIB)),
    [`${ANNOTATION}.runtime.disable_guest_seccomp`]: 'false',
  },
});
