import { buildRouteMap } from '@stricli/core';
import { policyCheck } from './policy-check.ts';
import { policyLog } from './policy-log.ts';
import { policySet } from './policy-set.ts';

export const policy = buildRouteMap({
  routes: { check: policyCheck, log: policyLog, set: policySet },
  docs: { brief: 'Ask what a bottle’s gateway would allow and what it refused, and change its rules' },
});
