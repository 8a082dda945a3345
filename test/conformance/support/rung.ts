import {
  GUEST,
  type Boundary,
  type EngineName,
  type NetworkForm,
  type Owner,
  type RuntimeName,
} from '../../../src/drivers/driver.ts';
import { agentOwner } from '../../../src/host/user.ts';

/** A rung as a file of this folder names it: what starts, as which user, and the known deviations. */
export interface RungUnderTest {
  readonly runtime: RuntimeName;
  readonly engine: EngineName;
  readonly boundary: Boundary;
  readonly networkForm: NetworkForm;
  readonly user: 'root' | 'ordinary';
  /**
   * Cases that do not hold on this rung, by name, each with the reason. Such a case still runs and must fail: an
   * outdated deviation fails the suite, and so does one without a case.
   */
  readonly deviations?: Readonly<Record<string, string>>;
}

export const describeRung = ({ runtime, engine, networkForm, user }: RungUnderTest): string =>
  [runtime, ...(engine === runtime ? [] : [`on ${engine}`]), networkForm, `as ${user} user`].join(', ');

/** What follows from the kind of the rung, not from its name. */
export const traitsOf = ({ boundary, engine, networkForm }: RungUnderTest) => ({
  /** Its processes run on the host's kernel: its /proc shows namespaces and seccomp as they are. */
  sharesKernel: boundary === 'shared-kernel',
  /** A container engine makes its bottles, and can report on them. */
  hasEngine: engine === 'docker' || engine === 'podman',
  /** A program from outside can run as root in the bottle. */
  hasRoot: engine !== 'bubblewrap',
  /** Each bottle has a separate kernel. */
  hasOwnKernel: boundary === 'vm',
  /** The gateway is at the other end of an interface, not on loopback. */
  hasLink: networkForm === 'bridge' || isMachineOfOurs(engine),
  /** It consists of a kernel and disks that this host has made before. */
  hasMachineParts: isMachineOfOurs(engine),
  /** It keeps images in a separate store, which is new with each test. */
  hasOwnStore: engine === 'apple' || engine === 'nerdctl',
});

/** Returns the agent's ids as it sees them: an engine uses ids of the host that no user has. */
export function insideOwner(rung: RungUnderTest): Owner {
  const { hasEngine, hasOwnStore } = traitsOf(rung);
  return hasEngine || hasOwnStore ? agentOwner() : { uid: GUEST.uid, gid: GUEST.gid };
}

const isMachineOfOurs = (engine: EngineName): boolean => engine === 'qemu' || engine === 'firecracker';
