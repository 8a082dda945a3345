import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../src/host/run.ts';
import { mustRun, say } from './command.ts';
import { mergeRuntimes, runscArguments, testRuntimes } from './daemon-config.ts';
import { withoutExtraCgroup2, type HostFacts } from './host-facts.ts';

const CONFIG = '/etc/docker/daemon.json';
const LOG = '/var/log/bot-bottle-dockerd.log';
const START_DEADLINE_MS = 60_000;

/**
 * Makes sure that Docker's daemon runs, with the runtimes that the tests request. Needs root. @throws Error if the
 * daemon does not start
 */
export async function ensureDocker(facts: HostFacts): Promise<void> {
  const { stdout: version } = await run('runsc', ['--version']);
  const changed = writeConfig(runscArguments(version, facts.kernel));
  if (!(await answers())) await startDocker(facts);
  else if (changed) await reloadDocker(facts);
}

/** Returns true if it added something. A copy of the old file stays beside it. */
function writeConfig(runscArgs: readonly string[]): boolean {
  const existing = existsSync(CONFIG) ? readFileSync(CONFIG, 'utf8') : undefined;
  const { text, added, kept } = mergeRuntimes(existing, testRuntimes(runscArgs));
  for (const name of kept) say(`${CONFIG} registers ${name} in its own way: left as it is`);
  if (text === undefined) return false;
  const backup = `${CONFIG}.before-bot-bottle`;
  if (existing !== undefined && !existsSync(backup)) copyFileSync(CONFIG, backup);
  say(
    `adding runtimes to ${CONFIG}: ${added.join(', ')}${existing === undefined ? '' : ` (before: ${backup})`}`,
  );
  mkdirSync(dirname(CONFIG), { recursive: true });
  writeFileSync(`${CONFIG}.tmp`, text, { mode: 0o644 });
  renameSync(`${CONFIG}.tmp`, CONFIG);
  return true;
}

const answers = async (): Promise<boolean> =>
  (await run('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs: 5_000 })).exitCode === 0;

/** dockerd reads its runtimes again on SIGHUP: docs.docker.com/reference/cli/dockerd, "configuration reload". */
async function reloadDocker(facts: HostFacts): Promise<void> {
  say('letting dockerd read its configuration again');
  if (facts.hasSystemd) await mustRun(['systemctl', 'reload', 'docker']);
  else process.kill(Number(readFileSync('/var/run/docker.pid', 'utf8')), 'SIGHUP');
}

async function startDocker(facts: HostFacts): Promise<void> {
  if (facts.hasSystemd) {
    say('starting docker.service');
    return await mustRun(['systemctl', 'start', 'docker']);
  }
  say(`starting dockerd by hand, for there is no systemd; its log: ${LOG}`);
  if (facts.extraCgroup2 !== undefined) {
    say(`dockerd does not see ${facts.extraCgroup2}: crun refuses cgroup v1 and v2 side by side`);
  }
  const [program = '', ...args] = withoutExtraCgroup2(facts, ['dockerd']);
  const log = openSync(LOG, 'a');
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log] });
  child.on('error', () => undefined); // the loop below finds that the daemon does not answer
  child.unref();
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!(await answers())) {
    if (Date.now() > deadline || child.exitCode !== null) {
      const lines = readFileSync(LOG, 'utf8').trim().split('\n').slice(-8);
      throw new Error(`dockerd did not start; the end of ${LOG}:\n${lines.join('\n')}`);
    }
    await sleep(200);
  }
}
