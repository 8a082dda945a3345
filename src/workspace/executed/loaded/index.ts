import { AGENTS_AND_SERVICES } from './agents-and-services.ts';
import { BUILDS } from './builds.ts';
import type { LoadedRow } from './row.ts';
import { SHELLS_AND_EDITORS } from './shells-and-editors.ts';

/** All files that a known tool loads by name. */
export const LOADED_FILES: readonly LoadedRow[] = [...SHELLS_AND_EDITORS, ...AGENTS_AND_SERVICES, ...BUILDS];
