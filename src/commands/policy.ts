import { buildRouteMap } from '@stricli/core';
import { policyCheck } from './policy-check.ts';

export const policy = buildRouteMap({
  routes: { check: policyCheck },
  docs: { brief: 'Ask what a bottle’s gateway would allow, and what it refused' },
});
