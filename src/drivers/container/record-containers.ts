import type { BottleSpec, DriverContext } from '../driver.ts';
import { engineForm, type EngineForm } from './forms.ts';
import { containerName, type Role } from './names.ts';
import type { EngineName } from './rungs.ts';
import { together } from '../../host/together.ts';

const ROLES: Readonly<Record<EngineForm, readonly Role[]>> = {
  joined: ['agent'],
  holder: ['agent', 'holder'],
  bridge: ['agent', 'gateway', 'firewall', 'checks'],
};

/** Notes every container that will be made for this bottle: their names follow from its id. */
export async function recordContainers(
  engine: EngineName,
  { id, networkForm, rung: { address } }: BottleSpec,
  { record }: Pick<DriverContext, 'record'>,
): Promise<void> {
  const names = ROLES[engineForm(networkForm)].map((role) => containerName(id, role));
  await together(names.map(async (name) => await record({ kind: 'container', engine, address, name })));
}
