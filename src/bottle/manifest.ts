import { BottleError } from '../errors.ts';
import { shellLine } from '../host/shell-words.ts';
import { hostVariable } from '../host/env.ts';
import { homeDir } from '../host/paths.ts';
import { presetsOf, questionsOf, selectAgent, type Draft } from '../manifest/draft.ts';
import { readManifests } from '../manifest/find.ts';
import type { Manifest } from '../manifest/load.ts';
import { askPresets, endpointsOf } from '../manifest/presets.ts';
import { resolve, type ResolvedAgent } from '../manifest/resolve.ts';
import { trustQuestion } from '../manifest/trust-question.ts';
import { checkTrust, recordTrust } from '../manifest/trust.ts';
import { answerQuestions } from '../manifest/answers.ts';
import { askText, confirm } from '../ui/ask.ts';
import type { NamedOnHost } from '../workspace/apply/project-paths.ts';
import type { ReadPresets } from './guest/client-settings.ts';
import { refuseVariablesInProject } from './guest/preset-variables.ts';
import { allRungs } from './rungs/rung-checks.ts';
import { startFilesOf } from './guest/start-files.ts';
import { refuseUnstartable } from './trust/trust-checks.ts';
import { note } from '../ui/print.ts';
import { escapeText } from '../ui/terminal/text.ts';

/** From what people wrote to one agent that may start: found, valid, trusted, its questions answered. */

export interface ManifestWishes {
  readonly projectPath: string;
  /** Of --manifest. */
  readonly named: string | undefined;
  /** A manifest that was named counts as trusted for this run. */
  readonly yes: boolean;
  /** Of --set: NAME=VALUE. */
  readonly answers: readonly string[];
}

/** An agent, and what the next start by its manifests takes of this computer. */
export interface ReadAgent {
  readonly resolved: ResolvedAgent;
  /** What the clients of its presets said. */
  readonly presets: ReadPresets;
  readonly startFiles: NamedOnHost;
}

/**
 * The agent of this name with all that its manifests say about it.
 * @throws BottleError `manifest`, `policy` when the user has not trusted it, `usage`
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

/** @throws BottleError `policy` when the user has not said yes to every file that has a part in this agent */
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

/** What `trust` came to. */
export interface TrustReport {
  readonly path: string;
  readonly digest: string;
  readonly status: 'trusted' | 'already trusted' | 'not trusted';
  /** What it would grant, or how that differs from what was trusted before; a line each. */
  readonly question: readonly string[];
}

/**
 * Shows what the project's manifest would grant, asks, and notes the answer for exactly the content that was shown.
 * @throws BottleError `policy` when the user declines; as a start would, for a manifest that no start would take
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
