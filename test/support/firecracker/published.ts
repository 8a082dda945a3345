import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Description } from './description.ts';

/** Returns the description published by Firecracker's project, from the copy in this folder. */
export const readPublished = (): Description =>
  parse(readFileSync(join(import.meta.dirname, 'firecracker-1.16.1.yaml'), 'utf8')) as Description;
