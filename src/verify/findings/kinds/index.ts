import type { Kind } from '../finding.ts';
import { BOTTLE_KINDS } from './bottle.ts';
import { DENY_KINDS } from './denials.ts';
import { ENV_KINDS } from './env.ts';
import { FORGE_KINDS } from './forges.ts';
import { HOST_KINDS } from './hosts.ts';
import { IDENTITY_KINDS } from './identities.ts';
import { SIGHT_KINDS } from './sight.ts';
import { WORKSPACE_KINDS } from './workspace.ts';

/** Every kind of finding; within a severity, findings keep this order. */
export const KINDS: readonly Kind[] = [
  ...HOST_KINDS,
  ...FORGE_KINDS,
  ...IDENTITY_KINDS,
  ...WORKSPACE_KINDS,
  ...ENV_KINDS,
  ...SIGHT_KINDS,
  ...BOTTLE_KINDS,
  ...DENY_KINDS,
];
