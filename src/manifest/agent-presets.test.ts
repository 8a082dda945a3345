import { expect, test } from 'vitest';
import { AGENTS } from '../agents/index.ts';
import { AGENT_ENDPOINTS } from './agent-presets.ts';
import { AGENT_PRESETS } from './schema/rule-schema.ts';

test.each(AGENT_PRESETS)(
  '%s: the hosts that its agent needs, one of them, so that an identity can go with it',
  (name) => {
    const hosts = [...new Set(AGENT_ENDPOINTS[name].map(({ host }) => host))];
    expect(hosts).toEqual(AGENTS[name]?.hosts);
    expect(hosts).toHaveLength(1);
  },
);
