import { buildRouteMap } from '@stricli/core';
import { policyCheck } from './policy-check.ts';
import { policyLog } from './policy-log.ts';

export const policy = buildRouteMap({
  routes: { check: policyCheck, log: policyLog },
  docs: { brief: 'Ask what a bottle’s gateway would allow, and what it refused' },
});
