import type { Rule } from '../config.ts';

/** Returns a rule that opens TLS, with the members that a test gives. */
export const rule = (more: Partial<Rule>): Rule => ({
  id: 'r',
  host: 'example.org',
  port: 443,
  scheme: 'https',
  opensTls: true,
  ...more,
});
