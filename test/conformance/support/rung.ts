import {
  GUEST,
  type Boundary,
  type EngineName,
  type NetworkForm,
  type Owner,
  type RuntimeName,
} from '../../../src/drivers/driver.ts';
import { agentOwner } from '../../../src/host/user.ts';

/** A rung as a file of this folder names it: what is started, by whom, and what is known to be different there. */
export interface RungUnderTest {
  readonly runtime: RuntimeName;
  readonly engine: EngineName;
  readonly boundary: Boundary;
  readonly networkForm: NetworkForm;
  readonly user: 'root' | 'ordinary';
  /**
   * Cases that do not hold on this rung, by name, each with the reason. Such a case is still run and must fail: a deviation
   * that is not one any more fails the suite, and so does one whose case is not there.
   */
  readonly deviations?: Readonly<Record<string, string>>;
}

export const describeRung = ({ runtime, engine, networkForm, user }: RungUnderTest): string =>
  [runtime, ...(engine === runtime ? [] : [`on ${engine}`]), networkForm, `as ${user} user`].join(', ');

/** What follows from the kind of the rung, not from its name. */
export const traitsOf = ({ boundary, engine, networkForm }: RungUnderTest) => ({
  /** Its processes are the host kernel's: namespaces and seccomp show in its /proc as they are. */
  sharesKernel: boundary === 'shared-kernel',
  /** A container engine makes its bottles, and can be asked about them. */
  hasEngine: engine === 'docker' || engine === 'podman',
  /** Root of the bottle can be had from outside. */
  hasRoot: engine !== 'bubblewrap',
  /** It has a kernel that was started for it. */
  hasOwnKernel: boundary === 'vm',
  /** The gateway is at the other end of an interface, not on loopback. */
  hasLink: networkForm === 'bridge' || isMachineOfOurs(engine),
  /** It is made of a kernel and disks that this host has made before. */
  hasMachineParts: isMachineOfOurs(engine),
  /** It keeps images in a store of its own, which is new with each test. */
  hasOwnStore: engine === 'apple' || engine === 'nerdctl',
});

/** The agent's ids as it sees them: an engine is asked for ids of the host, where no user has them. */
export function insideOwner(rung: RungUnderTest): Owner {
  const { hasEngine, hasOwnStore } = traitsOf(rung);
  return hasEngine || hasOwnStore ? agentOwner() : { uid: GUEST.uid, gid: GUEST.gid };
}

const isMachineOfOurs = (engine: EngineName): boolean => engine === 'qemu' || engine === 'firecracker';
