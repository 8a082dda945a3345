import type { ClientFacts, Failure } from '../attached/client.ts';

/** Error messages of Apple's `container`, and the fixes for them. Pure. */

export const START_SERVICE = 'container system start --enable-kernel-install';
/** Without a terminal, `system start` waits for an answer about the kernel unless a flag answers it. */
export const RESTART_SERVICE = `container system stop && ${START_SERVICE}`;

const NO_KERNEL: Failure = {
  // apple/container#1328
  says: /default kernel not configured/i,
  message: 'Apple’s container has no Linux kernel yet',
  fix: () => 'container system kernel set --recommended',
};

const FAILURES: readonly Failure[] = [
  {
    // The output of every call while launchd knows no service: apple/container#1280.
    says: /XPC connection error|container system service has been started|not registered with launchd/i,
    message: 'the service of Apple’s container does not run',
    fix: () => START_SERVICE,
  },
  NO_KERNEL,
  {
    says: /failed to find target executable \/usr\/bin\/perl/i,
    message: 'the image has no /usr/bin/perl, with which a bottle on this rung is closed and served',
    fix: () => 'start the Dockerfile from debian:stable-slim or node:22-slim, or use image: default',
  },
  {
    says: /Address already in use|hostname\(s\) already exist|already exists/i,
    message: 'a container of this name is there already',
    fix: () => 'bot-bottle gc',
  },
];

/** Many calls wait forever if the service hangs: apple/container#1459, #1681, #1884, #2275. */
export const CLIENT: ClientFacts = {
  program: 'container',
  title: 'Apple’s container',
  failures: FAILURES,
  hungFix: RESTART_SERVICE,
  otherFix: () => `fix the error above; if it persists, restart the service: ${RESTART_SERVICE}`,
};
