import type { NetworkForm } from '../driver.ts';

/** The network forms that an engine's containers can have. */
export const ENGINE_FORMS = ['joined', 'holder', 'bridge'] as const satisfies readonly NetworkForm[];
export type EngineForm = (typeof ENGINE_FORMS)[number];

/** The same form, as one of those. @throws Error for one that no rung of an engine offers: a bug */
export function engineForm(form: NetworkForm): EngineForm {
  const known = ENGINE_FORMS.find((one) => one === form);
  if (known === undefined) throw new Error(`no engine closes a bottle in the form ${form}`);
  return known;
}
