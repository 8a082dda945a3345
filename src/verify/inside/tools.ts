import { runBeside } from '../../bottle/session/beside.ts';
import type { BottleRecord } from '../../bottle/state/record.ts';
import { BottleError } from '../../errors.ts';
import type { ResolvedImage } from '../../manifest/resolve.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import type { User } from '../probes/probe.ts';
import { ATTACK_ARGV } from './attack.ts';

/** Checks before an attack that a user's bottle has the programs that the attack needs. */

const DEADLINE_MS = 30_000;
const MOST_SAID = 300;

/** Programs of which each probe needs some: the shell prints those that are missing. */
const PROGRAMS = ['node', 'perl', 'sh', 'cat', 'chmod', 'mkfifo', 'renice', 'sleep'];
const LOOK = `for name in ${PROGRAMS.join(' ')}; do command -v "$name" >/dev/null || echo "$name"; done; node --version`;
/** The Node version that the attack program is built for: see scripts/build.ts. */
const LEAST_NODE = 20;
const NOTHING = JSON.stringify({ attempts: {}, controls: {} });

export interface ToolsOrder {
  readonly record: BottleRecord;
  /** The image as the user specifies it. */
  readonly image: ResolvedImage;
  readonly users: readonly User[];
  readonly signal: AbortSignal;
}

/**
 * Checks the programs for each user.
 * @throws BottleError `manifest` with what the image, or the environment, lacks, and a fix; the signal's reason
 */
export async function expectTools({ record, image, users, signal }: ToolsOrder): Promise<void> {
  const place = placeOf(image);
  const order = { asRoot: false, input: '', deadlineMs: DEADLINE_MS, signal };
  const { stdout } = await runBeside(record, { ...order, argv: ['sh', '-c', LOOK] });
  signal.throwIfAborted();
  const lack = lackIn(stdout);
  if (lack !== undefined) {
    throw new BottleError('manifest', `${place} has ${lack}`, {
      fix: 'add Node 20 or newer, Perl and the usual tools (the default image has them), or attack verify’s own bottle: leave out --bottle',
    });
  }
  for (const user of users) {
    const asked = { ...order, argv: ATTACK_ARGV, asRoot: user === 'root', input: NOTHING };
    const { exitCode, stderr } = await runBeside(record, asked);
    signal.throwIfAborted();
    if (exitCode === 0) continue;
    throw new BottleError(
      'manifest',
      `the program that attacks does not run in ${place} as ${user}: nothing was attacked`,
      {
        details: [escapeText(stderr.trim().slice(-MOST_SAID))],
        fix: 'give it Node 20 or newer and no NODE_OPTIONS, or attack verify’s own bottle: leave out --bottle',
      },
    );
  }
}

/** Returns why the probes cannot run, from the output of the check; undefined if nothing is missing. Pure. */
export function lackIn(said: string): string | undefined {
  const lines = said.split('\n');
  const missing = PROGRAMS.filter((name) => lines.includes(name));
  if (missing.length > 0) return `no ${missing.join(', ')}, with which the probes are made`;
  const [version, major] =
    lines.map((line) => /^v(\d+)[.]\d+[.]\d+/.exec(line)).find((match) => match !== null) ?? [];
  if (Number(major) >= LEAST_NODE) return undefined;
  const found = version === undefined ? 'a node that does not say its version' : `Node ${version}`;
  return `${found}, and the probes are made with Node ${LEAST_NODE} or newer`;
}

function placeOf(image: ResolvedImage): string {
  if (image.kind === 'default') return 'the bottle';
  return `the image ${escapeText(image.kind === 'reference' ? image.reference : `of ${image.hostPath}`)}`;
}
