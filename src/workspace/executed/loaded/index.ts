import { AGENTS_AND_SERVICES } from './agents-and-services.ts';
import { BUILDS } from './builds.ts';
import type { LoadedRow } from './row.ts';
import { SHELLS_AND_EDITORS } from './shells-and-editors.ts';

/** Every file that a known tool loads by itself, by its name. */
export const LOADED_FILES: readonly LoadedRow[] = [...SHELLS_AND_EDITORS, ...AGENTS_AND_SERVICES, ...BUILDS];
