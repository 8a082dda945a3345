import type { Verb } from '../cli/table.ts';
import type { Handler } from './context.ts';
import { create } from './create.ts';
import { exec } from './exec.ts';
import { imageInspect } from './image-inspect.ts';
import { build, images } from './images.ts';
import { inspectAny } from './inspect-any.ts';
import { inspect } from './inspect.ts';
import { list } from './list.ts';
import { load } from './load.ts';
import { logs } from './logs.ts';
import { pull } from './pull.ts';
import { remove } from './remove.ts';
import { start } from './start.ts';
import { kill, stop } from './stop.ts';
import { version } from './version.ts';

/** Who does what. */
export const HANDLERS: Readonly<Record<Verb, Handler>> = {
  create,
  exec,
  start,
  stop,
  kill,
  rm: remove,
  ps: list,
  inspect: inspectAny,
  'container inspect': inspect,
  logs,
  'image inspect': imageInspect,
  load,
  pull,
  images,
  build,
  version,
};
