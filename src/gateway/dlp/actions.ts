/** The actions that follow a finding: one for all detectors, or one for each detector. */

/**
 * `block` ends the request; `redact` overwrites findings where it can and blocks the rest; `warn` only logs the
 * finding.
 */
export type Action = 'block' | 'redact' | 'warn';

export interface ActionByDetector {
  /** Known values: the bottle's identities and protected files. */
  readonly secret: Action;
  /** Canaries that bot-bottle placed in the bottle. */
  readonly canary: Action;
  /** Text that only looks like a secret. */
  readonly pattern: Action;
  /** Data that the gateway cannot decode. */
  readonly undecodable: 'refuse' | 'pass';
  /** Payment card numbers, and bank account numbers (IBAN). Undefined: the gateway does not search for them. */
  readonly card_numbers?: Action;
  readonly iban?: Action;
  /** `pattern` was `redact`, but nothing can be redacted here (`withoutCutting`). */
  readonly isUncut?: true;
}

/** One action for all detectors (undecodable data is then always refused), or one action per detector. */
export type Actions = Action | ActionByDetector;

/** Actions as a user writes them. A detector that the map omits gets the strictest action; optional ones stay off. */
export type WrittenActions =
  | Action
  | { readonly [Detector in DetectorName]?: ActionByDetector[Detector] | undefined };

/** Logs each finding and blocks nothing. */
export const WARN_ONLY: ActionByDetector = {
  secret: 'warn',
  canary: 'warn',
  pattern: 'warn',
  undecodable: 'pass',
  card_numbers: 'warn',
  iban: 'warn',
};

/** Detectors that run only if a bottle or a rule asks for them. */
export const ASKED_FOR = ['card_numbers', 'iban'] as const;
const ALWAYS = ['secret', 'canary', 'pattern', 'undecodable'] as const;
export type DetectorName = (typeof ASKED_FOR)[number] | (typeof ALWAYS)[number];

/** Returns the canonical form: one word where one word is enough. */
export function canonicalActions(written: WrittenActions): Actions {
  if (typeof written === 'string') return written;
  const { secret = 'block', canary = 'block', pattern = 'block', undecodable = 'refuse' } = written;
  const asked = askedFor(written);
  const isOneWord = secret === canary && secret === pattern && undecodable === 'refuse';
  return isOneWord && Object.keys(asked).length === 0
    ? secret
    : { secret, canary, pattern, undecodable, ...asked };
}

function askedFor(actions: WrittenActions): Pick<ActionByDetector, (typeof ASKED_FOR)[number]> {
  if (typeof actions === 'string') return {};
  const { card_numbers, iban } = actions;
  return { ...(card_numbers && { card_numbers }), ...(iban && { iban }) };
}

/** Returns the action for findings of this detector; `off` if no policy asks for the detector. */
export function actionOn(detector: DetectorName, actions: Actions): Action | 'off' {
  if (detector === 'undecodable')
    return typeof actions === 'object' && actions.undecodable === 'pass' ? 'warn' : 'block';
  if (detector === 'card_numbers' || detector === 'iban')
    return (typeof actions === 'object' && actions[detector]) || 'off';
  return typeof actions === 'string' ? actions : actions[detector];
}

/** Replaces `redact` by `block`, for data that cannot be redacted. */
export function withoutCutting(actions: Actions): Actions {
  if (typeof actions === 'string' && actions !== 'redact') return actions;
  const uncut = (action: Action): Action => (action === 'redact' ? 'block' : action);
  const { secret, canary, pattern, undecodable, ...rest } = byDetector(actions);
  const asked = askedFor(rest);
  return {
    secret: uncut(secret),
    canary: uncut(canary),
    pattern: uncut(pattern),
    undecodable,
    ...(asked.card_numbers && { card_numbers: uncut(asked.card_numbers) }),
    ...(asked.iban && { iban: uncut(asked.iban) }),
    ...(pattern === 'redact' && { isUncut: true }),
  };
}

const byDetector = (actions: Actions): ActionByDetector =>
  typeof actions === 'string'
    ? { secret: actions, canary: actions, pattern: actions, undecodable: 'refuse' }
    : actions;

/** Whether patterns block only because nothing can be redacted here. */
export const isUncut = (actions: Actions): boolean => typeof actions === 'object' && actions.isUncut === true;

const STRICTNESS: readonly (Action | 'off')[] = ['off', 'warn', 'redact', 'block'];

/** Whether `one` is at least as strict as `other` for every detector. Undefined: no inspection. */
export function isAsStrictAs(one: Actions | undefined, other: Actions | undefined): boolean {
  if (other === undefined) return true;
  if (one === undefined) return false;
  const strictness = (detector: DetectorName, actions: Actions): number =>
    STRICTNESS.indexOf(actionOn(detector, actions));
  return [...ALWAYS, ...ASKED_FOR].every(
    (detector) => strictness(detector, one) >= strictness(detector, other),
  );
}
