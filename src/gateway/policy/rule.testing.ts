import type { Rule } from '../config.ts';

/** A rule that opens TLS, but for what a test says of it. */
export const rule = (more: Partial<Rule>): Rule => ({
  id: 'r',
  host: 'example.org',
  port: 443,
  scheme: 'https',
  opensTls: true,
  ...more,
});
