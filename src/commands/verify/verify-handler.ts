import { Interrupt } from '../../bottle/session/interrupt.ts';
import { EXIT_CODES, BottleError } from '../../errors.ts';
import { asCalled } from '../../ui/as-called.ts';
import { note, print, printJson } from '../../ui/print.ts';
import { Progress } from '../../ui/progress.ts';
import { readBottle, type ReadBottle } from '../../verify/findings/bottle.ts';
import { readWritten, type WrittenBottle } from '../../verify/findings/read.ts';
import { reaches } from '../../verify/findings/findings.ts';
import { openOutput, type Output } from '../../verify/show/output.ts';
import { renderPage } from '../../verify/page/page.ts';
import { PROBES } from '../../verify/probes/index.ts';
import { selectProbes } from '../../verify/select-probes.ts';
import { checkReceipt, exitCodeOfCheck } from '../../verify/receipt/check.ts';
import { readNow, readReceiptFile } from '../../verify/receipt/installed.ts';
import { renderChecked } from '../../verify/receipt/render.ts';
import { renderGrants, renderReport, renderList } from '../../verify/show/terminal.ts';
import { runVerify, type Verified } from '../../verify/verify.ts';
import type { Call } from '../command.ts';
import type { VerifyFlags } from './verify.ts';

/** The modes of `verify`, and the flags that each uses. A flag without effect is refused. */

type Mode = 'attack' | 'list' | 'check';

/** The flags of `list` and `check`; an attack refuses no flag. */
const TAKES: Readonly<Record<Exclude<Mode, 'attack'>, readonly (keyof VerifyFlags)[]>> = {
  list: ['list', 'family', 'probe', 'json'],
  check: ['check', 'key', 'bottle', 'manifest', 'json'],
};

/** Flags that have an effect only together with another flag. */
const BESIDE: Readonly<Partial<Record<keyof VerifyFlags, keyof VerifyFlags>>> = {
  key: 'check',
  manifest: 'bottle',
  yes: 'manifest',
  failOn: 'bottle',
};

/** @throws BottleError `usage` if one of these flags would have no effect. Pure. */
export function refuseStray(flags: Readonly<Partial<Record<keyof VerifyFlags, unknown>>>): void {
  const names = Object.keys(flags) as (keyof VerifyFlags)[];
  const given = names.filter((name) => isGiven(flags[name]));
  const mode = given.includes('check') ? 'check' : given.includes('list') ? 'list' : 'attack';
  const alone = given.find((name) => !given.includes(BESIDE[name] ?? name));
  if (alone !== undefined) {
    const other = BESIDE[alone] ?? alone;
    const value = other === 'bottle' ? 'NAME' : 'FILE';
    throw new BottleError('usage', `${written(alone)} goes with ${written(other)} only`, {
      fix: `add ${written(other)} ${value}`,
    });
  }
  if (mode === 'attack') return;
  const stray = given.find((name) => !TAKES[mode].includes(name));
  if (stray === undefined) return;
  throw new BottleError('usage', `${written(stray)} does not go with ${written(mode)}`, {
    fix: 'give one of the two',
  });
}

const isGiven = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;

/** The flag as a user writes it. */
const written = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** `bot-bottle verify`. */
export async function handleVerify({ flags }: Call<VerifyFlags, []>): Promise<number> {
  refuseStray(flags);
  if (flags.check !== undefined) return await checkOne(flags.check, flags);
  const probes = selectProbes({ families: flags.family, ids: flags.probe });
  if (!flags.list) return await attack(flags, probes);
  if (flags.json) printJson(probes);
  else print(renderList(probes));
  return EXIT_CODES.ok;
}

async function attack(
  flags: VerifyFlags,
  probes: Parameters<typeof runVerify>[0]['probes'],
): Promise<number> {
  const bottle = await bottleMeant(flags);
  // Before the attack, so that a missing folder cannot cost its results.
  const outputs: Outputs = [
    // oxlint-disable-next-line typescript/require-await -- beside one that waits
    [await openOutput(flags.html), async ({ report }) => renderPage(report)],
    [await openOutput(flags.receipt), async ({ receipt }) => await receipt()],
  ];
  using interrupt = new Interrupt();
  using progress = new Progress();
  const running = runVerify({
    runtime: flags.runtime,
    bottle,
    engine: flags.engine,
    networkForm: flags.networkForm,
    probes,
    open: flags.open,
    note,
    signal: interrupt.signal,
    progress: (line, of) => progress.step(line, of),
  });
  // An interrupted run is not a failure and has no report.
  const verified = await running.catch((error: unknown) => {
    if (interrupt.exitCode === undefined) throw error;
  });
  progress[Symbol.dispose]();
  if (interrupt.exitCode !== undefined || verified === undefined) return interrupt.exitCode ?? EXIT_CODES.bug;
  const { report } = verified;
  if (flags.json) printJson(report);
  else {
    print(asCalled(renderReport(report)));
    if (bottle !== undefined) print(`\n${renderGrants(bottle.findings)}`);
  }
  await writeAll(outputs, verified);
  const isRefused = flags.failOn !== undefined && reaches(bottle?.findings.findings ?? [], flags.failOn);
  return report.held && !isRefused ? EXIT_CODES.ok : EXIT_CODES.verifyFailed;
}

type Outputs = readonly (readonly [Output | undefined, (verified: Verified) => Promise<string>])[];

/** Writes every output, even if another one fails. @throws the error of the first output that failed */
async function writeAll(outputs: Outputs, verified: Verified): Promise<void> {
  const failures: unknown[] = [];
  for (const [output, textOf] of outputs) {
    if (output === undefined) continue;
    await textOf(verified)
      .then(output.write)
      .catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

async function bottleMeant({ bottle, manifest, yes }: VerifyFlags): Promise<ReadBottle | undefined> {
  if (bottle === undefined) return undefined;
  return await readBottle(bottle, { projectPath: process.cwd(), named: manifest, yes });
}

async function checkOne(
  path: string,
  { key: keyPath, json, bottle, manifest }: VerifyFlags,
): Promise<number> {
  const text = await readReceiptFile(path);
  const written = bottle === undefined ? undefined : await writtenHere(bottle, manifest);
  const now = await readNow({ text, records: PROBES, keyPath, bottle: written });
  const checked = checkReceipt(text, now);
  if (json) printJson(checked);
  else print(asCalled(renderChecked(checked, { receiptPath: path, bottle, manifestPath: manifest })));
  return exitCodeOfCheck(checked);
}

const writtenHere = async (bottle: string, named: string | undefined): Promise<WrittenBottle> =>
  await readWritten(bottle, { projectPath: process.cwd(), named });
