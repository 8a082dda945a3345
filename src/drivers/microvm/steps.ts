import { dirname, join } from 'node:path';
import type { BottleSpec, ImageSpec, PlanStep, RungCheck } from '../driver.ts';
import { assetPath } from '../../host/paths.ts';
import { handoverSocket, openerCall } from '../network/opener.ts';
import { readHostFacts, sandboxOwner } from '../sandbox/facts.ts';
import { sessionCall } from '../sandbox/program.ts';
import { placesTried } from './checks.ts';
import { machinePaths, END, tarName, agentRoomBytes } from './files/layout.ts';
import { findGroupPlace } from './group/make.ts';
import { ownGroup, type OwnGroup } from './group/plan.ts';
import { formatArguments } from './guest/disks.ts';
import { isKernelGiven } from './guest/kernel/given-kernel.ts';
import { sumOf } from './limits.ts';
import { planStart, writablePlaces } from './plan.ts';
import { vmmOf } from './vmm/index.ts';
import { LINK, VM, type Machine } from './vmm/machine.ts';
import type { Vmm, VmmStart } from './vmm/vmm.ts';

/** Returns the steps that start a machine, in order, for people. Pure except that it reads facts about this host. */
export function planSteps(spec: BottleSpec, evidence: RungCheck['evidence']): readonly PlanStep[] {
  const { filesPath, scratchPath, workPath, ownPath, outDir } = machinePaths(spec.runDir);
  const facts = readHostFacts(sandboxOwner(spec));
  const vmm = vmmOf(spec.rung);
  const accelerator = vmm.accelerators.find((one) => one === evidence['accelerator']) ?? 'kvm';
  const tscKhz = Number(evidence['tscKhz'] ?? 0);
  const how = { bottleId: spec.id, accelerator, tscKhz, purpose: 'boot' } as const;
  const place = findGroupPlace();
  const group = 'whyNot' in place ? undefined : ownGroup(spec.id, sumOf(spec.resources), place);
  const start = planStart(spec, {
    facts,
    assetPath,
    hasKvm: accelerator === 'kvm',
    shown: vmm.shown(vmm.programName.toUpperCase()),
    vmmCommand: (machine) => vmm.command(machine, how),
    files: { ...SHARED, filesPath, scratchPath, workPath, ownPath, outDir },
    workBytes: agentRoomBytes(spec.resources.diskBytes),
    keys: { identity: '', knownHost: '' },
    group,
  });
  const boot =
    'make the namespaces, with nothing in the network but the machine’s interface, and boot the machine';
  return [
    ...makingSteps(spec),
    ...groupSteps(group),
    { what: boot, call: [start.program, ...start.args] },
    {
      what: 'or resume a saved machine that booted without a bottle (SAVED), if one can be made',
      call: ['the', 'same', 'with', `--ro-bind SAVED ${VM.saved}`, ...goingOn(vmm, start.machine, how)],
    },
    ...vmm.asked(start.machine, how).map((line) => ({ what: 'ask it for the machine', call: [line] })),
    ...closingSteps(spec),
    {
      what: `start the agent, by ssh: ${spec.argv.join(' ')}`,
      call: sessionCall(spec.runDir, { assetPath, owner: facts.owner, attachable: true }),
    },
    ...bringingSteps(spec),
  ];
}

/** Returns the VMM arguments and requests that differ from a boot. */
function goingOn(vmm: Vmm, machine: Machine, how: VmmStart): readonly string[] {
  const said = (purpose: 'boot' | 'resume'): readonly string[] => [
    ...vmm.command(machine, { ...how, purpose }),
    ...vmm.asked(machine, { ...how, purpose }),
  ];
  const booting = new Set(said('boot'));
  return said('resume').filter((word) => !booting.has(word));
}

/** Names in the steps for the files that all machines share. */
const SHARED = { kernelPath: 'KERNEL', initrdPath: 'INITRD', basePath: 'BASE' };

/** Steps that make what a machine starts with. */
function makingSteps({ runDir, mounts, image }: BottleSpec): readonly PlanStep[] {
  const { filesPath, scratchPath, workPath } = machinePaths(runDir);
  return [
    {
      what: `find or make what all machines share: the kernel ${isKernelGiven() ? 'that is given' : 'of the distribution'} (KERNEL), a disk of the image (BASE)`,
      call: [
        ...kernelCall(),
        'then',
        ...tarCall(image),
        'then',
        'mkfs.erofs',
        '--tar=f',
        'BASE',
        'IMAGE.tar',
      ],
    },
    {
      what: 'make keys that both sides know beforehand',
      call: ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', 'KEY'],
    },
    {
      what: `put the files that come with it on a disk: ${mounts.map(({ guestPath }) => guestPath).join(', ')}`,
      call: ['mkfs.erofs', '--quiet', '--tar=f', filesPath, `${filesPath}.tar`],
    },
    {
      what: 'make the disks for writes to mounted folders and for all other writes',
      call: [
        ['mke2fs', ...formatArguments(workPath, 'SIZE')],
        ['and', 'mke2fs', ...formatArguments(scratchPath, 'SIZE')],
      ].flat(),
    },
  ];
}

const groupSteps = (group: OwnGroup | undefined): readonly PlanStep[] =>
  group === undefined
    ? []
    : [
        {
          what: 'make a control group for all that is around the machine, and read it back once it is in it',
          call: [
            ...group.folders.flatMap(({ path, controllers }) => [
              ...(controllers.length === 0
                ? []
                : [
                    `${dirname(path)}/cgroup.subtree_control=${controllers.map((name) => `+${name}`).join(' ')}`,
                  ]),
              `mkdir ${path}`,
            ]),
            ...group.files.map(({ path, value }) => `${path}=${value}`),
          ],
        },
      ];

/** The attendant's command to read the machine's own checks (assets/microvm/attendant.pl). */
const SSH_CHECKED = [
  'ssh',
  '-F',
  '/vm/ssh-config',
  '-T',
  'bottle',
  '/run/bot-bottle/busybox sh /run/bot-bottle/checked SECONDS',
];

const kernelCall = (): readonly string[] =>
  isKernelGiven() ? ['unpack', '$BOT_BOTTLE_KERNEL'] : ['apt-get', 'download', 'linux-image-cloud-*'];

/** bot-bottle makes the default image without an engine. For any other image, an engine exports the files. */
function tarCall(image: ImageSpec): readonly string[] {
  if (image.kind === 'default') return ['mmdebstrap', 'IMAGE.tar'];
  const name = image.kind === 'reference' ? image.reference : `(built from ${image.hostPath})`;
  return [`POST /containers/create {"Image":${JSON.stringify(name)}}`, 'GET /containers/ID/export'];
}

function closingSteps(spec: BottleSpec): readonly PlanStep[] {
  return [
    {
      what: 'read back what the kernel applied, and refuse on any difference',
      call: ['read', '/proc/PID/{status,limits,mountinfo,uid_map,gid_map,net,ns,fd}'],
    },
    {
      what: 'open the gateway’s sockets at the end of the machine’s link, hand them over, and check from there',
      call: openerCall({
        programDir: assetPath('handover'),
        socketPath: handoverSocket(spec.runDir),
        address: spec.rung.traits.gatewayAddress,
        link: LINK.tapName,
        network: 'PID',
        denied: [],
      }),
    },
    {
      what: `hear what the machine has checked by then, as its root: that the gateway answers, and none of ${placesTried().slice(1).join(', ')}`,
      call: SSH_CHECKED,
    },
  ];
}

function bringingSteps(spec: BottleSpec): readonly PlanStep[] {
  const { dir, outDir } = machinePaths(spec.runDir);
  return writablePlaces(spec).map((number) => {
    const { guestPath = '', hostPath = '' } = spec.mounts[number] ?? {};
    const name = tarName(END, number);
    return {
      what: `when it has ended, bring out ${guestPath}: unpacked into NEW in a sandbox that has nothing else`,
      call: [
        `mv ${join(outDir, name)} ${join(dir, name)}`,
        `tar --extract --file=${join(dir, name)} --directory=NEW`,
        `mv NEW ${hostPath}`,
      ],
    };
  });
}
