import { BUBBLEWRAP, main, type Sabotage } from './sabotage.ts';

/** Longer than `verify` watches, but not for ever: the rest of a bottle ends after this time. */
const LEFT_SECONDS = 30;

/** A folder of the host with access for everyone. */
const SHARED = `(() => {
  const { chmodSync, mkdirSync } = require("node:fs");
  const dir = process.env.XDG_STATE_HOME + "/shared";
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o777);
  return dir;
})()`;

/** Keeps the first rules of each agent's name. */
const KEPT_BY_NAME = `((rules, agent) => {
  const { existsSync, readFileSync, writeFileSync } = require("node:fs");
  const path = process.env.XDG_STATE_HOME + "/rules-of-" + agent.name + ".json";
  if (!existsSync(path)) writeFileSync(path, JSON.stringify(rules));
  return JSON.parse(readFileSync(path, "utf8"));
})`;

/** Mistakes in what happens to a bottle over its life. */
export const OF_THE_LIFE: readonly Sabotage[] = [
  {
    name: 'bubblewrap: nobody ends what a launcher leaves, and bottles share a folder',
    rung: BUBBLEWRAP,
    edits: [
      {
        file: 'assets/sandbox/session.pl',
        find: /exit 1 if !\$got;/,
        put: `if (!$$got) { alarm ${LEFT_SECONDS}; undef $$client; return }`,
      },
      main(/await driverOf\((record\d*)\.spec\.rung\)\.stop\(\1\.spec, STOP_GRACE_MS\);/, ''),
      main(/await driver2\.remove\(journal\.record\.resources\);\s+await endProcessesOf\(id\);/, ''),
      main(
        /"--perms", "1777", "--size", String\(SHM_BYTES\), "--tmpfs", "\/dev\/shm"/,
        `"--bind", ${SHARED}, "/dev/shm"`,
      ),
      main(/, boundFiles\(pid, \w+\.mostFiles\)\]/, ']'), // it is not a tmpfs there
    ],
    refusal: /\/dev\/shm is (?:no tmpfs|a folder of the host's)/,
    breached: ['life-launcher-killed', 'life-daemon', 'life-inheritance', 'life-stubborn'],
  },
  {
    name: 'bubblewrap: the rules of an agent are those that it had at its first start',
    rung: BUBBLEWRAP,
    edits: [
      main(
        /const policy2? = (policyOf\(rulesFor\((resolved\d*)\.gateway, \2\)\));/,
        `const policy2 = ${KEPT_BY_NAME}($1, $2);`,
      ),
    ],
    breached: ['life-formerly'],
    held: ['life-inheritance'],
  },
];
