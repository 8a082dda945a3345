import { defineVerb, JSON_FLAG } from './command.ts';

export const ls = defineVerb<{ json: boolean }>({
  brief: 'List bottles: running ones, and ended ones whose work or log is still here',
  examples: ['bot-bottle ls', 'bot-bottle ls --json'],
  parameters: { flags: { json: JSON_FLAG } },
  load: async () => {
    const { listBottles } = await import('../bottle/state/list.ts');
    const { readAll } = await import('../bottle/state/store.ts');
    const { renderTable } = await import('../ui/table.ts');
    const { note, print, printJson } = await import('../ui/print.ts');
    return async ({ flags: { json } }) => {
      const bottles = await listBottles();
      for (const { reason } of (await readAll()).unreadable) note(reason);
      if (json) return printJson(bottles);
      if (bottles.length === 0) return note('no bottles; `bot-bottle start <agent>` makes one');
      print(
        renderTable(
          ['ID', 'AGENT', 'BOTTLE', 'RUNTIME', 'BOUNDARY', 'STATE', 'STARTED'],
          bottles.map((row) => [
            row.id,
            row.agent,
            row.bottle,
            row.runtime,
            row.boundary,
            row.state,
            row.startedAt,
          ]),
        ),
      );
    };
  },
});
