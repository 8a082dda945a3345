/** How Node runs the gateway, on the host and in a container beside the bottle. */

/** What suits a process that is started often, lives with its bottle, and whose objects are many and short-lived. */
export const GATEWAY_FLAGS = [
  // An agent can make the gateway keep things in memory; beyond this it ends, and nothing gets out any more.
  '--max-old-space-size=256',
  // Pauses for collecting garbage make the longest times of small requests. Little survives, so what is collected often is
  // collected in a fraction of a millisecond, and the memory stays in the processor's caches;
  '--min-semi-space-size=2',
  '--max-semi-space-size=2',
  // helpers for so little are waited for longer than they save, and take the processor away, where there are few;
  '--no-parallel-scavenge',
  '--v8-pool-size=1',
  // as is one that each collection wakes for a few buffers (docs/adr/0165);
  '--no-concurrent-array-buffer-sweeping',
  // objects begin young, whatever became of others of their place: old ones keep what they lead to (docs/adr/0165);
  '--no-allocation-site-pretenuring',
  // and old objects are left alone until there are that many MB of them.
  '--initial-old-space-size=20',
  // What an idle gateway would throw away, compiled code, it would have to make again for the next burst, at half the speed.
  '--no-memory-reducer',
  '--no-flush-bytecode',
  // V8's compiler in the middle, which Node has from 22 on, takes 10 MiB and more while it works; the last one is ready soon after.
  '--no-maglev',
  '--disallow-code-generation-from-strings',
  '--disable-proto=delete',
];

/** Its variables, for Node's own parts and the C library. */
export const GATEWAY_ENV = {
  // No search list: with the one in resolv.conf, a lookup would ask for names that no rule has, and take their answers for those of
  // the name that was judged. Not empty, so that no runtime in between takes it for none.
  LOCALDOMAIN: '.',
  // Lookups wait in threads, of which libuv gives them half; a slow one must not hold up the others (gateway/outward/turns.ts).
  UV_THREADPOOL_SIZE: '16',
  // Where nothing says the time zone, ICU searches all of /usr/share/zoneinfo for the one in /etc/localtime.
  TZ: 'UTC',
} as const;
