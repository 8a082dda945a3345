import type { Boundary, RuntimeName } from '../src/drivers/driver.ts';
import { allRungs } from '../src/bottle/rungs/rung-checks.ts';

/** The ladder in README: each rung, its host, its boundary, and how it was tested. A test compares it with README. */

interface LadderRow {
  readonly runtimes: readonly RuntimeName[];
  /** `undefined`: the rung is its own engine. */
  readonly engine: 'docker' | 'podman' | 'nerdctl' | undefined;
  readonly host: string;
  /**
   * `stand-in`: tested with a program that is as strict as the published description of the real one, which was not
   * available.
   */
  readonly tested: 'run here' | 'run here, emulated' | 'stand-in';
  /**
   * Files of test/conformance that test the rung, by a part of their names: vitest runs every file whose name contains
   * it.
   */
  readonly files: readonly string[];
  readonly guide?: string;
}

export const LADDER: readonly LadderRow[] = [
  {
    runtimes: ['bubblewrap'],
    engine: undefined,
    host: 'Linux: `bwrap`, no daemon, no image, no root',
    tested: 'run here',
    files: ['bubblewrap'],
  },
  {
    runtimes: ['runc', 'crun'],
    engine: 'docker',
    host: 'Linux with Docker',
    tested: 'run here',
    files: ['docker-runc', 'docker-crun'],
  },
  {
    runtimes: ['runc', 'crun'],
    engine: 'podman',
    host: 'Linux with Podman',
    tested: 'run here',
    files: ['podman-runc', 'podman-crun'],
  },
  {
    runtimes: ['runsc'],
    engine: 'docker',
    host: 'Linux with Docker and gVisor',
    tested: 'run here',
    files: ['docker-runsc'],
  },
  {
    runtimes: ['runsc'],
    engine: 'podman',
    host: 'Linux with Podman and gVisor',
    tested: 'run here',
    files: ['podman-runsc'],
  },
  {
    runtimes: ['kata'],
    engine: 'docker',
    host: 'Linux with KVM, Docker 26 and Kata 3.30, or newer',
    tested: 'stand-in',
    files: ['kata.test'],
    guide: 'docs/drivers/kata.md',
  },
  {
    runtimes: ['kata'],
    engine: 'nerdctl',
    host: 'Linux with KVM, containerd, nerdctl 2.3.3 and Kata 3.30, or newer',
    tested: 'stand-in',
    files: ['kata-nerdctl'],
    guide: 'docs/drivers/kata.md',
  },
  {
    runtimes: ['apple'],
    engine: undefined,
    host: "macOS 26 with Apple's `container` 1.4.1, or newer",
    tested: 'stand-in',
    files: ['apple'],
    guide: 'docs/drivers/apple.md',
  },
  {
    runtimes: ['qemu'],
    engine: undefined,
    host: 'Linux: QEMU with KVM, or emulated; no daemon, no root',
    tested: 'run here, emulated',
    files: ['qemu'],
  },
  {
    runtimes: ['firecracker'],
    engine: undefined,
    host: 'Linux with KVM and Firecracker',
    tested: 'stand-in',
    files: ['firecracker'],
    guide: 'docs/drivers/firecracker.md',
  },
];

const WORDS: Readonly<Record<Boundary, string>> = {
  'shared-kernel': 'shared kernel',
  'user-kernel': 'user-space kernel',
  vm: 'virtual machine',
};

const HEADINGS = ['rung', 'host', 'boundary', 'tested how', 'the command that tests it'];

/** Returns the table in Markdown, with columns aligned as the formatter aligns them. */
export function renderLadder(rows: readonly LadderRow[]): string {
  const lines = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((cells) => (cells[column] ?? '').length)));
  const [heading = '', ...body] = lines.map(
    (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  return [heading, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body].join('\n');
}

function cellsOf({ runtimes, engine, host, tested, files, guide }: LadderRow): string[] {
  const name = runtimes.map((runtime) => `\`${runtime}\``).join(', ');
  return [
    engine === undefined ? name : `${name} on ${engine}`,
    host,
    [...new Set(runtimes.map((runtime) => WORDS[boundaryOf(runtime)]))].join(', '),
    guide === undefined ? tested : `${tested} ([guide](${guide}))`,
    `\`npm run conformance -- ${files.join(' ')}\``,
  ];
}

function boundaryOf(name: RuntimeName): Boundary {
  const rung = allRungs().find(({ runtime }) => runtime === name);
  if (rung === undefined) throw new Error(`no driver offers ${name}`);
  return rung.boundary;
}
