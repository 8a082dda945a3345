import { defineVerb, JSON_FLAG, positional, textFlag } from './command.ts';

type Flags = { readonly json: boolean; readonly listen?: string };

export const metrics = defineVerb<Flags, [string?]>({
  brief: 'Print what the gateways of running bottles have counted, or serve it to a scraper',
  about:
    'In the text format of Prometheus: decisions by rule, findings, bytes, tokens, open tunnels, memory; each with its bottle.\n' +
    '--listen serves it at /metrics on this host’s loopback, which no bottle reaches, until it is interrupted.',
  examples: [
    'bot-bottle metrics',
    'bot-bottle metrics fixer --json',
    'bot-bottle metrics --listen 127.0.0.1:9464',
  ],
  parameters: {
    flags: {
      json: { ...JSON_FLAG, brief: 'Print JSON for machines; with --listen, the URL' },
      listen: textFlag('Serve it there', 'address:port'),
    },
    positional: {
      kind: 'tuple',
      parameters: [{ ...positional('Id or agent; default: all that run', 'bottle'), optional: true }],
    },
  },
  load: async () => {
    const { collectMetrics } = await import('../bottle/metrics/serve.ts');
    const { renderFamilies } = await import('../bottle/metrics/families.ts');
    const { parseListen, serveMetrics } = await import('../bottle/metrics/serve.ts');
    const { untilInterrupted } = await import('../bottle/session/interrupt.ts');
    const { note, print, printJson } = await import('../ui/print.ts');
    return async ({ flags: { json, listen }, args: [idOrAgent] }) => {
      if (listen !== undefined) {
        const listening = (url: string): void => (json ? printJson({ url }) : print(url));
        return await serveMetrics(idOrAgent, parseListen(listen), { signal: untilInterrupted(), listening });
      }
      const { families, silent } = await collectMetrics(idOrAgent);
      for (const line of silent) note(`no metrics of ${line}`);
      if (families.length === 0 && silent.length === 0) note('no bottle runs');
      if (json) printJson(families);
      else print(renderFamilies(families).trimEnd());
    };
  },
});
