import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Description } from './description.ts';

/** The description that Firecracker's project has published, as it is in this folder. */
export const readPublished = (): Description =>
  parse(readFileSync(join(import.meta.dirname, 'firecracker-1.16.1.yaml'), 'utf8')) as Description;
