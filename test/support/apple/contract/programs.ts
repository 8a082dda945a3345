import { sh, type Expectation } from './expectation.ts';

/** Programs: how they begin and end, what they have and say. */

const MISSING = {
  engines: ['container'],
  result: { code: 1, stderr: /failed to find target executable \/bin\/nothing/ },
  source:
    'vmexec of apple/containerization 0.40: one error for all; seen in reports of 1.1.0 with exit code 1',
} as const;

export const PROGRAMS: readonly Expectation[] = [
  { what: 'an exit code comes back', verb: 'run', flags: [], program: sh('exit 7'), result: { code: 7 } },
  {
    what: 'output goes where it was said',
    verb: 'run',
    flags: [],
    program: sh('echo out; echo err >&2'),
    result: { code: 0, stdout: 'out\n', stderr: /err/ },
  },
  {
    what: 'a signal is 128 and its number',
    verb: 'exec',
    flags: [],
    program: sh('kill -9 $$'),
    result: { code: 137 },
  },
  {
    what: 'the first program ends by a signal',
    verb: 'run',
    flags: ['--init'],
    program: sh('kill -9 $$'),
    result: { code: 137 },
  },
  {
    what: 'a program that is not there',
    verb: 'run',
    flags: [],
    program: ['/bin/nothing'],
    result: { code: 127 },
    differs: [MISSING],
  },
  {
    what: 'a program beside that is not there',
    verb: 'exec',
    flags: [],
    program: ['/bin/nothing'],
    result: { code: 127 },
    differs: [
      MISSING,
      {
        engines: ['docker'],
        result: { code: 126 },
        source: 'Docker 20 to 26 with runc 1.1: 126 with a path, measured here',
      },
    ],
  },
  {
    what: 'a variable is set',
    verb: 'run',
    flags: ['-e', 'A=b=c'],
    program: sh('echo "$A $FROM_IMAGE"'),
    result: { code: 0, stdout: 'b=c yes\n' },
  },
  {
    what: 'the image’s variable is replaced',
    verb: 'run',
    flags: ['-e', 'FROM_IMAGE=no'],
    program: sh('echo $FROM_IMAGE'),
    result: { code: 0, stdout: 'no\n' },
  },
  {
    what: 'of two the last holds',
    verb: 'run',
    flags: ['-e', 'A=1', '-e', 'A=2'],
    program: sh('echo $A'),
    result: { code: 0, stdout: '2\n' },
  },
  {
    what: 'exec has the first program’s variables',
    verb: 'exec',
    flags: ['-e', 'NEW=1'],
    program: sh('echo $KEPT $NEW'),
    result: { code: 0, stdout: 'old 1\n' },
  },
  {
    what: 'exec replaces a variable',
    verb: 'exec',
    flags: ['-e', 'KEPT=new'],
    program: sh('echo $KEPT'),
    result: { code: 0, stdout: 'new\n' },
    differs: [
      {
        engines: ['container'],
        result: { code: 0, stdout: 'old\n' },
        source: 'ContainerExec.swift of apple/container 1.2.2: config.environment.append',
      },
    ],
  },
  {
    what: 'a working folder',
    verb: 'run',
    flags: ['-w', '/etc'],
    program: ['pwd'],
    result: { code: 0, stdout: '/etc\n' },
  },
  {
    what: 'exec begins where the first program did',
    verb: 'exec',
    flags: [],
    program: ['pwd'],
    result: { code: 0, stdout: '/var\n' },
  },
  {
    what: 'exec in a working folder',
    verb: 'exec',
    flags: ['-w', '/etc'],
    program: ['pwd'],
    result: { code: 0, stdout: '/etc\n' },
  },
  {
    what: 'a user by number',
    verb: 'run',
    flags: ['-u', '1000:1000'],
    program: ['id'],
    result: { code: 0, stdout: /^uid=1000\(agent\) gid=1000\(agent\)/ },
  },
  {
    what: 'a user by name has its groups',
    verb: 'exec',
    flags: ['-u', 'agent'],
    program: ['id'],
    result: { code: 0, stdout: /groups=.*2000\(extra\)/ },
  },
  {
    what: 'input is read where it is asked for',
    verb: 'exec',
    flags: ['-i'],
    program: ['cat'],
    stdin: 'words',
    result: { code: 0, stdout: 'words' },
  },
  {
    what: 'input is empty where it is not',
    verb: 'exec',
    flags: [],
    program: ['cat'],
    stdin: 'words',
    result: { code: 0, stdout: '' },
  },
  {
    what: 'input of the first program',
    verb: 'run',
    flags: ['-i'],
    program: ['cat'],
    stdin: 'words',
    result: { code: 0, stdout: 'words' },
  },
  {
    what: 'much output arrives whole',
    verb: 'exec',
    flags: ['-i'],
    program: sh('seq 1 30000 | tail -1; seq 1 30000 | wc -c'),
    result: { code: 0, stdout: '30000\n168894\n' },
  },
  {
    what: 'what follows the program is the program’s',
    verb: 'exec',
    flags: [],
    program: ['echo', '-n', '--', '-u', 'x'],
    result: { code: 0, stdout: '-- -u x' },
  },
];
