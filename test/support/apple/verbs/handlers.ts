import type { Verb } from '../cli/table.ts';
import { build } from './build.ts';
import { copy } from './copy.ts';
import type { Handler } from './context.ts';
import { kill, remove, stop } from './end.ts';
import { exec } from './exec.ts';
import { deleteImages, inspectImages, listImages, load, pull, tag } from './images.ts';
import { createNetwork, deleteNetworks, inspectNetworks, listNetworks } from './networks.ts';
import { create, run, start } from './run.ts';
import { inspect, list, logs } from './show.ts';
import { startSystem, status, stopSystem, systemVersion } from './system.ts';

/** Who does what. */

export const HANDLERS: Readonly<Record<Verb, Handler>> = {
  run,
  create,
  exec,
  start,
  stop,
  kill,
  delete: remove,
  list,
  inspect,
  logs,
  copy,
  build,
  'image load': load,
  'image list': listImages,
  'image inspect': inspectImages,
  'image delete': deleteImages,
  'image pull': pull,
  'image tag': tag,
  'network create': createNetwork,
  'network delete': deleteNetworks,
  'network list': listNetworks,
  'network inspect': inspectNetworks,
  'system start': startSystem,
  'system stop': stopSystem,
  'system status': status,
  'system version': systemVersion,
};

/** What can be asked while the service is down. */
export const NEEDS_NO_SERVICE: readonly Verb[] = [
  'system start',
  'system stop',
  'system status',
  'system version',
];
