import { parse } from 'smol-toml';
import { z } from 'zod';
import { BottleError, reasonOf } from '../../../errors.ts';
import { compileRules } from './compile.ts';
import type { Allowlist, Rule, RuleSet } from './rule.ts';

/** Reads rules from TOML in gitleaks' format. Runs in the launcher: the gateway gets data. */

const strings = z.array(z.string());

const allowlistSchema = z.object({
  condition: z.string().optional(),
  regexTarget: z.string().optional(),
  regexes: strings.optional(),
  stopwords: strings.optional(),
  paths: strings.optional(),
  commits: strings.optional(),
});

const ruleSchema = z.object({
  id: z.string().min(1),
  regex: z.string().optional(),
  path: z.string().optional(),
  keywords: strings.optional(),
  entropy: z.number().optional(),
  secretGroup: z.int().min(0).optional(),
  allowlists: z.array(allowlistSchema).optional(),
  allowlist: allowlistSchema.optional(), // the form before gitleaks 8.21
});

const fileSchema = z.object({
  rules: z.array(z.unknown()).optional(),
  allowlists: z.array(allowlistSchema).optional(),
  allowlist: allowlistSchema.optional(),
});

/**
 * Returns the rules of a file's text. Omits rules about paths alone, and the parts of allow lists about paths and
 * commits. A rule for files of some path becomes advisory: no request says which file its text comes from.
 * @throws BottleError manifest: the file is wrong, or an expression cannot be compiled; names the file and the rule
 */
export function readRules(toml: string, hostPath: string): RuleSet {
  const wrong = (reason: string, cause?: unknown) =>
    new BottleError('manifest', `${hostPath}: ${reason}`, {
      cause,
      fix: 'Correct the file, or leave it out of the manifest.',
    });
  let file;
  try {
    file = fileSchema.parse(parse(toml));
  } catch (error) {
    throw wrong(error instanceof z.ZodError ? whatIsWrong(error) : reasonOf(error), error);
  }
  const rules = (file.rules ?? []).flatMap((raw, index) => {
    const parsed = ruleSchema.safeParse(raw);
    const id = (raw as { id?: unknown } | null)?.id;
    const name = typeof id === 'string' ? id : `number ${index + 1}`;
    if (!parsed.success) throw wrong(`rule ${name}: ${whatIsWrong(parsed.error)}`, parsed.error);
    return ruleOf(parsed.data) ?? [];
  });
  const set: RuleSet = { rules, allowlists: allowlistsOf(file) };
  for (const rule of compileRules(set)) {
    try {
      rule.compile();
    } catch (error) {
      throw wrong(`rule ${rule.id}: ${reasonOf(error)}`, error);
    }
  }
  return set;
}

function whatIsWrong(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
}

function ruleOf({
  id,
  regex,
  path,
  keywords = [],
  entropy,
  secretGroup,
  ...lists
}: z.infer<typeof ruleSchema>): Rule | undefined {
  if (regex === undefined) return undefined;
  const allowlists = allowlistsOf(lists);
  return {
    id,
    regex,
    keywords: keywords.map((word) => word.toLowerCase()),
    ...(entropy !== undefined && { entropy }),
    ...(secretGroup !== undefined && { secretGroup }),
    ...(allowlists.length > 0 && { allowlists }),
    ...(path !== undefined && { advisory: true as const }),
  };
}

type RawAllowlist = z.infer<typeof allowlistSchema>;

function allowlistsOf({
  allowlists = [],
  allowlist,
}: {
  allowlists?: RawAllowlist[] | undefined;
  allowlist?: RawAllowlist | undefined;
}): Allowlist[] {
  return [...allowlists, ...(allowlist === undefined ? [] : [allowlist])].flatMap((list) => {
    const isConjunction = list.condition?.toUpperCase() === 'AND';
    // A conjunction that requires a path can never hold here.
    if (isConjunction && (list.paths !== undefined || list.commits !== undefined)) return [];
    if (list.regexes === undefined && list.stopwords === undefined) return [];
    const target = list.regexTarget === 'match' || list.regexTarget === 'line' ? list.regexTarget : undefined;
    return {
      ...(isConjunction && { isConjunction }),
      ...(target && { target }),
      ...(list.regexes && { regexes: list.regexes }),
      ...(list.stopwords && { stopwords: list.stopwords.map((word) => word.toLowerCase()) }),
    };
  });
}
