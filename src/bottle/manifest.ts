import { BottleError } from '../errors.ts';
import { shellLine } from '../host/shell-words.ts';
import { hostVariable } from '../host/env.ts';
import { homeDir } from '../host/paths.ts';
import { answerQuestions, presetsOf, questionsOf, selectAgent, type Draft } from '../manifest/draft.ts';
import { readManifests } from '../manifest/find.ts';
import type { Manifest } from '../manifest/load.ts';
import { askPresets, endpointsOf } from '../manifest/presets.ts';
import { resolve, type ResolvedAgent } from '../manifest/resolve.ts';
import { trustQuestion } from '../manifest/trust/trust-question.ts';
import { checkTrust, recordTrust } from '../manifest/trust/trust.ts';
import { askText, confirm } from '../ui/ask.ts';
import type { NamedOnHost } from '../workspace/apply/project-paths.ts';
import type { ReadPresets } from './guest/client-settings.ts';
import { allRungs } from './rungs/rung-checks.ts';
import { startFilesOf, refuseVariablesInProject } from './guest/start-files.ts';
import { refuseUnstartable } from './trust/trust-checks.ts';
import { note } from '../ui/print.ts';
import { escapeText } from '../ui/terminal/text.ts';

/** Reads the manifests and selects one agent: the files must be valid and trusted, and its questions answered. */

export interface ManifestWishes {
  readonly projectPath: string;
  /** From --manifest. */
  readonly named: string | undefined;
  /** Trusts a manifest named with --manifest for this run. */
  readonly yes: boolean;
  /** NAME=VALUE from --set. */
  readonly answers: readonly string[];
}

/** An agent, and the files and commands of this host that the next start by its manifests uses. */
export interface ReadAgent {
  readonly resolved: ResolvedAgent;
  /** The output of the package clients for its presets. */
  readonly presets: ReadPresets;
  readonly startFiles: NamedOnHost;
}

/**
 * Reads the agent of this name with all that its manifests say about it.
 * @throws BottleError `manifest`, `policy` if the user has not trusted a file, `usage`
 */
export async function readAgent(name: string, wishes: ManifestWishes): Promise<ReadAgent> {
  const manifest = await readManifests(wishes.projectPath, wishes.named);
  const draft = selectAgent(manifest, name);
  if (!(wishes.yes && wishes.named !== undefined)) await requireTrust(manifest, draft);
  const presetNames = presetsOf(draft.bottle);
  refuseVariablesInProject(presetNames, wishes.projectPath);
  const [read, answers] = await Promise.all([
    askPresets(presetNames),
    answerQuestions(questionsOf(draft), wishes.answers, askText),
  ]);
  const presets = endpointsOf(read);
  const resolved = resolve(draft, { hostVariable, answers, presets, homeDir: homeDir() });
  return { resolved, presets: read, startFiles: startFilesOf(manifest, wishes) };
}

/** @throws BottleError `policy` if the user has not trusted every file that contributes to this agent */
export async function requireTrust(manifest: Manifest, draft: Draft): Promise<void> {
  for (const file of draft.files) {
    const trust = await checkTrust(file);
    if (trust.status === 'trusted') continue;
    throw new BottleError(
      'policy',
      `${file.shownAs} ${trust.status === 'changed' ? 'has changed since you trusted it' : 'is not trusted yet'}`,
      {
        details: trustQuestion(manifest, trust),
        fix: 'read it, then: bot-bottle trust (or for one run: --manifest FILE --yes)',
      },
    );
  }
}

/** The result of `trust`. */
export interface TrustReport {
  readonly path: string;
  readonly digest: string;
  readonly status: 'trusted' | 'already trusted' | 'not trusted';
  /** The grants, or their changes since the last trusted content; one per line. */
  readonly question: readonly string[];
}

/**
 * Shows the grants of the project's manifest, asks, and records the answer for exactly the content shown.
 * @throws BottleError `policy` if the user declines; the error of a start for a manifest that cannot start
 */
export async function trustManifest(
  projectPath: string,
  { yes, dryRun }: { readonly yes: boolean; readonly dryRun: boolean },
): Promise<TrustReport> {
  const manifest = await readManifests(projectPath);
  const { path, digest } = manifest.file;
  const shownAs = escapeText(manifest.file.shownAs);
  const trust = await checkTrust(manifest.file);
  if (trust.status === 'trusted') {
    note(`${shownAs} is trusted already`);
    return { path, digest, status: 'already trusted', question: [] };
  }
  refuseUnstartable(manifest, allRungs(), homeDir());
  const question = trustQuestion(manifest, trust);
  for (const line of question) note(line);
  if (dryRun) return { path, digest, status: 'not trusted', question };
  if (!yes && !(await confirm(`Trust ${shownAs} with this?`, '--yes'))) {
    throw new BottleError('policy', `${shownAs} stays untrusted`, {
      fix: `when you have read it: bot-bottle trust ${shellLine([projectPath])}`,
    });
  }
  await recordTrust(manifest.file, new Date());
  note(`${shownAs} is trusted with exactly this content`);
  return { path, digest, status: 'trusted', question };
}
