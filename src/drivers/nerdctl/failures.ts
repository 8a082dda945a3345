import type { ClientFacts, Failure } from '../attached/client.ts';
import { startService } from '../engine/packages.ts';
import { knownFix } from '../container/fixes.ts';

/** Error messages of nerdctl, and the fixes for them. */

const FAILURES: readonly Failure[] = [
  {
    // pkg/clientutil/client.go
    says: /cannot access containerd socket|containerd\.sock.*(?:connection refused|no such file)|rootless containerd not running/i,
    message: 'containerd does not run, or this user may not reach it',
    fix: () => startService('containerd', 'containerd'),
  },
  {
    // pkg/shim/shim.go of containerd
    says: /runtime "[^"]+" binary not installed|containerd-shim-\S+": (?:executable )?file (?:does not exist|not found)/i,
    message: 'containerd does not find Kata’s shim in its PATH',
    fix: () =>
      'sudo ln -s /opt/kata/bin/containerd-shim-kata-v2 /usr/local/bin/, where that is Kata’s release',
  },
  {
    says: /buildctl needs to be installed|no buildkit host is available/i,
    message: 'nerdctl builds images by BuildKit, which does not run here',
    fix: () =>
      'install BuildKit (it is in nerdctl-full), or build the image elsewhere and name it: image: NAME',
  },
  {
    says: /name "[^"]+" is already used/i,
    message: 'a container of this name is there already',
    fix: () => 'bot-bottle gc',
  },
  {
    says: /\/usr\/bin\/perl.*(?:no such file|not found)/i,
    message: 'the image has no /usr/bin/perl, with which a bottle on this rung is closed and served',
    fix: () => 'start the Dockerfile from debian:stable-slim or node:22-slim, or use image: default',
  },
];

export const CLIENT: ClientFacts = {
  program: 'nerdctl',
  title: 'nerdctl',
  failures: FAILURES,
  hungFix: 'check whether containerd answers: sudo nerdctl info',
  otherFix: (said) =>
    knownFix(said) ?? 'fix the error above; check whether containerd answers: sudo nerdctl info',
};
