import { expect, test } from 'vitest';
import type { LaunchCheck, PreparedBottle } from './driver.ts';
import { madeBy, plannedSteps, runSteps, type Step, type Steps } from './step.ts';

interface Running {
  readonly address: string;
  readonly log: string[];
}

type Planned = Pick<Running, 'address'>;

const launch: PreparedBottle['launch'] = async () => await Promise.reject(new Error('not launched'));
const checkOf = (id: string): LaunchCheck => ({ id, claim: 'a claim', evidence: 'some evidence' });
const launching: Step<Planned, Running> = {
  says: ({ address }) => [{ what: 'open the gate', call: [address] }],
  does: async () => ({ launch }),
};

test('the list prints its steps in order, with the planned values', () => {
  const steps: Steps<Planned, Running> = [
    { does: async () => ({ address: '198.18.0.2' }) },
    [{ says: () => [{ what: 'make the network', call: ['POST'] }] }, launching],
  ];
  expect(plannedSteps(steps, { address: 'ADDRESS' })).toEqual([
    { what: 'make the network', call: ['POST'] },
    { what: 'open the gate', call: ['ADDRESS'] },
  ]);
});

test("the list passes a step's results to later steps, and joins evidence and checks in order", async () => {
  const slow = async (): Promise<void> => await new Promise((resolve) => setTimeout(resolve, 5));
  const prepared = await runSteps<Running>(
    [
      [
        {
          does: async () =>
            await slow().then(() => ({ checks: [checkOf('first')], evidence: { image: 'a' } })),
        },
        { does: async () => ({ address: '198.18.0.2', checks: [checkOf('second')] }) },
      ],
      { does: async ({ address }) => ({ evidence: { address } }) },
      launching,
    ],
    {},
  );
  expect(prepared).toEqual({
    evidence: { image: 'a', address: '198.18.0.2' },
    checks: [checkOf('first'), checkOf('second')],
    launch,
  });
});

test('after a failure the list undoes completed steps, last first, including those in parallel', async () => {
  const log: string[] = [];
  const undoable = (name: string): Step<Planned, Running> => ({
    does: async () => undefined,
    undo: (running) => void running.log.push(`undo ${name}`),
  });
  const failing: Step<Planned, Running> = {
    does: async () => await Promise.reject(new Error('no network')),
    undo: () => void log.push('undo the step that failed'),
  };
  const steps = [undoable('first'), [failing, undoable('second')], launching];
  await expect(runSteps<Running>(steps, { log })).rejects.toThrow('no network');
  expect(log).toEqual(['undo second', 'undo first']);
});

test('the list refuses a wrong order, and one without a launch', async () => {
  const uses: Step<Planned, Running> = { does: async ({ address }) => ({ evidence: { address } }) };
  const finds: Step<Planned, Running> = { does: async () => ({ address: '198.18.0.2' }) };
  await expect(runSteps<Running>([uses, finds, launching], {})).rejects.toThrow('a step uses address');
  await expect(runSteps<Running>([finds, uses], {})).rejects.toThrow('a step uses launch');
  await expect(runSteps<Running>([finds, uses, launching], {})).resolves.toMatchObject({ launch });
});

test('the list names the resources that its steps make', () => {
  const made = { kind: 'container', engine: 'docker', name: 'bot-bottle-a' } as const;
  expect(madeBy([{ makes: [made] }, [{}, { makes: [{ ...made, name: 'bot-bottle-b' }] }]])).toEqual([
    made,
    { ...made, name: 'bot-bottle-b' },
  ]);
});
