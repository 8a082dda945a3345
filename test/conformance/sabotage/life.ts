import { BUBBLEWRAP, main, type Sabotage } from './sabotage.ts';

/** Longer than `verify` looks, and not for ever: what is left of a bottle ends with it. */
const LEFT_SECONDS = 30;

/** A folder of the host's, open to all. */
const SHARED = `(() => {
  const { chmodSync, mkdirSync } = require("node:fs");
  const dir = process.env.XDG_STATE_HOME + "/shared";
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o777);
  return dir;
})()`;

/** Of what becomes of a bottle. */
export const OF_THE_LIFE: readonly Sabotage[] = [
  {
    name: 'bubblewrap: nobody ends what a launcher leaves, and bottles share a folder',
    rung: BUBBLEWRAP,
    edits: [
      {
        file: 'assets/bubblewrap/session.pl',
        find: /exit 1 if !\$got;/,
        put: `if (!$$got) { alarm ${LEFT_SECONDS}; undef $$client; return }`,
      },
      main(/await driverOf\(record2\.spec\.rung\)\.stop\(record2\.spec, STOP_GRACE_MS\);/, ''),
      main(/await driver2\.remove\(journal\.record\.resources\);\s+await endProcessesOf\(id\);/, ''),
      main(
        /"--perms", "1777", "--size", String\(SHM_BYTES\), "--tmpfs", "\/dev\/shm"/,
        `"--bind", ${SHARED}, "/dev/shm"`,
      ),
      main(/await boundFiles\(\w+\.init\.pid, \w+\.mostFiles\);/, ''), // it is no tmpfs there
    ],
    refusal: /\/dev\/shm is (?:no tmpfs|a folder of the host's)/,
    breached: ['life-launcher-killed', 'life-daemon', 'life-inheritance', 'life-stubborn'],
  },
];
