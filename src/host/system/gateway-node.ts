/** How Node runs the gateway, on the host and in a container beside the bottle. */

/** Flags for a process that starts often, lives as long as its bottle, and creates many short-lived objects. */
export const GATEWAY_FLAGS = [
  // An agent can make the gateway keep data in memory. Beyond this limit the gateway ends, and nothing leaves the
  // bottle.
  '--max-old-space-size=256',
  // Garbage collection causes the longest delays of small requests. Little survives, so frequent collections take a
  // fraction of a millisecond each, and the memory stays in the processor's caches.
  '--min-semi-space-size=2',
  '--max-semi-space-size=2',
  // With so little to collect, waiting for helper threads costs more than they save; on few processors, they also get
  // in the way.
  '--no-parallel-scavenge',
  '--v8-pool-size=1',
  // The same holds for the thread that each collection wakes for a few buffers (docs/adr/0165).
  '--no-concurrent-array-buffer-sweeping',
  // Allocate all objects in the young generation: old ones keep alive everything that they reference (docs/adr/0165).
  '--no-allocation-site-pretenuring',
  // Collect the old generation only when it exceeds this size in MB.
  '--initial-old-space-size=20',
  // Keep compiled code while the gateway is idle: recompiling it would halve the speed of the next burst.
  '--no-memory-reducer',
  '--no-flush-bytecode',
  // V8's mid-tier compiler, in Node from 22 on, uses 10 MiB or more while it works; the top tier is ready soon after.
  '--no-maglev',
  '--disallow-code-generation-from-strings',
  '--disable-proto=delete',
];

/** Environment variables of the gateway, for Node's own parts and the C library. */
export const GATEWAY_ENV = {
  // No search list: with the one in resolv.conf, a lookup would try names that no rule has, and take their answers for
  // the judged name. Not empty, because a runtime in between could drop an empty variable.
  LOCALDOMAIN: '.',
  // Lookups block threads, of which libuv gives them half; a slow one must not delay the others
  // (gateway/outward/turns.ts).
  UV_THREADPOOL_SIZE: '16',
  // Without a time zone here, ICU searches all of /usr/share/zoneinfo for the one in /etc/localtime.
  TZ: 'UTC',
} as const;
