/**
 * The scripted agent of `bot-bottle demo`, in the bottle: `node agent.mjs TARGETS.json`. Real work first, then what is
 * allowed, then the attempts to get out, then what is allowed once more, so that silence outside means "stopped" and
 * not "broken". One line of JSON per step on standard output.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { carryHome, clientHello, tunnel, within } from './wire.cjs';

const targetsPath = process.argv[2];
const targets = JSON.parse(readFileSync(targetsPath, 'utf8'));
/** npm takes 15 s where a machine is emulated, and more beside other work. */
const STEP_DEADLINE_MS = 60_000;

const say = (line) => console.log(JSON.stringify(line));

/** Runs a program in a folder and reports it as a step. */
function step(id, [program, ...args], { cwd, env = process.env }) {
  say({ begins: id, command: [program, ...args].join(' ') });
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: STEP_DEADLINE_MS,
  });
  const said = `${stdout ?? ''}\n${stderr ?? ''}`.trim().split('\n');
  say({ control: id, ok: status === 0, said: error?.message ?? firstTelling(said) });
}

/** What a person wants to read of a program's output: its error, else its last line. */
function firstTelling(lines) {
  const own = lines.filter((line) => !/^npm (notice|warn)/.test(line));
  const error = own.find((line) => /\b(error|fatal)\b.*\b(code|network|request|cannot|not)\b/i.test(line));
  return (error ?? own.at(-1) ?? '').trim().slice(0, 200);
}

const withoutProxy = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)));

const folder = () => mkdtempSync(join(tmpdir(), 'demo-'));

/** A package and nothing kept from before: it must come through the gateway. One try: the demo is short. */
const install = (where) =>
  ['npm', 'install', 'is-number', '--cache', join(where, '.npm'), '--fetch-retries', '0', '--no-audit', '--no-fund'];

function work() {
  const [project, plain] = [folder(), folder()];
  step('git', ['git', 'init', '--quiet', '.'], { cwd: project });
  step('npm-proxy', install(project), { cwd: project });
  step('run', ['node', '-e', "if (!require('is-number')(42)) process.exit(1)"], { cwd: project });
  step('npm-plain', install(plain), { cwd: plain, env: withoutProxy() });
}

/** What the policy allows, to the canary: it must hear these, or its silence about the others means nothing. */
async function allowed(when) {
  const { names, port, controls } = targets;
  await attempt(`http-${when}`, carryHome(targets, controls[`http-${when}`]));
  const { socket } = await tunnel(`${names.tls}:${port}`);
  await attempt(`tls-${when}`, clientHello(socket, names.tls, controls[`tls-${when}`]));
  socket.destroy();
}

async function attempt(id, promise) {
  await within(targets.deadlineMs, promise).catch((error) => say({ note: `${id}: ${error.message}` }));
}

work();
await allowed('before');
say({ begins: 'attacks' });
const attacks = spawnSync(process.execPath, [new URL('attacks.cjs', import.meta.url).pathname, targetsPath], {
  encoding: 'utf8',
});
process.stdout.write(attacks.stdout);
process.stderr.write(attacks.stderr);
await allowed('after');
process.exit(0);
