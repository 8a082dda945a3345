import type { ContainerPlan } from '../hardening.ts';

/**
 * What is asked of Kata for a container, besides what an engine's own settings say. Its runtime drops the limit of processes, leaves the
 * seccomp filter out, and adds a container's memory to the machine's own: constraintGRPCSpec in
 * src/runtime/virtcontainers/kata_agent.go of kata-containers 4.1.0. All of it is read back from inside (kata/inside.ts).
 */

const MIB = 1024 * 1024;

const ANNOTATION = 'io.katacontainers.config';

/**
 * The same container in a machine of its own. The machine is the limit of its memory, so the container adds none to it; the threads of its
 * kernel count as processes. Annotations: docs/how-to/how-to-set-sandbox-config-kata.md; sysctls are set in the guest by Kata's agent
 * (set_sysctls in src/agent/rustjail/src/container.rs). Pure.
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
