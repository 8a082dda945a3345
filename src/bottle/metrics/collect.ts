import { BottleError, reasonOf } from '../../errors.ts';
import { readMetrics } from '../../gateway/launch/control.ts';
import { expectOwnGateway } from '../egress/foreign-gateway.ts';
import { bottlePaths, findRecord, readAll } from '../state/store.ts';
import { mergeFamilies, parseFamilies, type Family } from './families.ts';

export interface Collected {
  readonly families: readonly Family[];
  /** Bottles whose gateway did not answer, each with the reason; the gateway may be ending. */
  readonly silent: readonly string[];
}

/**
 * The metrics of this bottle's gateway, or of the gateways of all running bottles.
 * @throws BottleError `usage` if the named bottle does not run, `dependencyMissing` if its gateway does not answer
 */
export async function collectMetrics(idOrAgent: string | undefined): Promise<Collected> {
  if (idOrAgent !== undefined) return { families: await familiesOf(await runningId(idOrAgent)), silent: [] };
  const { records } = await readAll();
  const own = records.filter(({ phase, spec }) => phase === 'running' && spec.foreignGateway === undefined);
  const ids = own.map(({ id }) => id);
  const read = await Promise.allSettled(ids.map(familiesOf));
  const silent = read.flatMap((result, index) =>
    result.status === 'rejected' ? [`${ids[index]}: ${reasonOf(result.reason)}`] : [],
  );
  const families = read.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return { families: mergeFamilies(families), silent };
}

const familiesOf = async (id: string): Promise<readonly Family[]> =>
  parseFamilies(await readMetrics(bottlePaths(id).runDir));

async function runningId(idOrAgent: string): Promise<string> {
  const record = await findRecord(idOrAgent);
  expectOwnGateway(record, 'metrics that can be read from outside its bottle');
  const { id, phase } = record;
  if (phase === 'running') return id;
  throw new BottleError('usage', `bottle ${id} is ${phase}: it has no gateway to ask`, {
    fix: `bot-bottle logs ${id} --summary adds up what it did`,
  });
}
