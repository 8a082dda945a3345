import { buildRouteMap } from '@stricli/core';
import { deadline } from '../host/deadline.ts';
import { defineVerb, DRY_RUN_FLAG, JSON_FLAG } from './command.ts';

const DEADLINE_MS = 60_000;

const build = defineVerb<{ json: boolean; fresh: boolean; dryRun: boolean }>({
  brief: 'Make the default image now, on every engine of this host; a start makes it when it is missing',
  about: 'From an image registry where one answers, else from the package source of this system.',
  examples: ['bot-bottle image build', 'bot-bottle image build --fresh', 'bot-bottle image build --dry-run'],
  parameters: {
    flags: {
      json: JSON_FLAG,
      fresh: {
        kind: 'boolean',
        brief: 'Rebuild an existing image from current packages',
        default: false,
        withNegated: false,
      },
      dryRun: DRY_RUN_FLAG,
    },
  },
  load: async () => {
    const { Interrupt } = await import('../bottle/session/interrupt.ts');
    const { buildDefaultImages, planDefaultImages } = await import('../drivers/container/image/manage.ts');
    const { Progress } = await import('../ui/progress.ts');
    const { print, printJson } = await import('../ui/print.ts');
    return async ({ flags: { json, fresh, dryRun } }) => {
      if (dryRun) {
        const plans = await planDefaultImages({ fresh }, deadline(DEADLINE_MS));
        if (json) return printJson(plans);
        return plans.forEach(({ engine, reference, step }) => print(`${engine}: ${step} ${reference}`));
      }
      using interrupt = new Interrupt();
      using progress = new Progress();
      const work = { signal: interrupt.signal, progress: (line: string) => progress.step(line) };
      try {
        const built = await buildDefaultImages({ fresh }, work);
        progress[Symbol.dispose]();
        if (json) return printJson(built);
        for (const { engine, reference, digest } of built) print(`${engine}: ${reference} ${digest}`);
      } catch (error) {
        if (interrupt.exitCode === undefined) throw error;
        return interrupt.exitCode;
      }
    };
  },
});

const ls = defineVerb<{ json: boolean }>({
  brief: 'List the images that bot-bottle made',
  examples: ['bot-bottle image ls', 'bot-bottle image ls --json'],
  parameters: { flags: { json: JSON_FLAG } },
  load: async () => {
    const { listEngineImages } = await import('../drivers/container/image/manage.ts');
    const { renderTable } = await import('../ui/table.ts');
    const { note, print, printJson } = await import('../ui/print.ts');
    return async ({ flags: { json } }) => {
      const images = await listEngineImages(deadline(DEADLINE_MS));
      if (json) return printJson(images);
      if (images.length === 0) return note('no images; the first start on an engine makes one');
      const rows = images.map((image) => [
        image.reference,
        image.engine,
        `${Math.ceil(image.sizeBytes / 1e6)} MB`,
        image.createdAt.toISOString(),
        image.isCurrentDefault ? 'the default image' : '',
      ]);
      print(renderTable(['IMAGE', 'ENGINE', 'SIZE', 'MADE', ''], rows));
    };
  },
});

const rm = defineVerb<{ json: boolean; dryRun: boolean }>({
  brief: 'Remove every image that bot-bottle made, and what they are made from; a start makes them again',
  examples: ['bot-bottle image rm', 'bot-bottle image rm --dry-run'],
  parameters: { flags: { json: JSON_FLAG, dryRun: DRY_RUN_FLAG } },
  load: async () => {
    const { planRemoval, removeEngineImages } = await import('../drivers/container/image/manage.ts');
    const { note, printJson } = await import('../ui/print.ts');
    return async ({ flags: { json, dryRun } }) => {
      const signal = deadline(DEADLINE_MS);
      const removal = await (dryRun ? planRemoval(signal) : removeEngineImages(signal));
      if (json) return printJson(removal);
      const what = dryRun ? 'would remove' : 'removed';
      for (const { engine, reference } of removal.images) note(`${what} ${reference} from ${engine}`);
      note(`${what} ${removal.cache}`);
    };
  },
});

export const image = buildRouteMap({
  routes: { build, ls, rm },
  docs: { brief: 'Make, list and remove the images that bottles are made from on container engines' },
});
