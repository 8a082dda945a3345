/** Attacks that are not in their records yet, by id. */
import { LEAKS } from './leaks.mjs';

export const ATTACKS = { ...LEAKS };
