import type { MessagePort } from 'node:worker_threads';
import { getHeapStatistics } from 'node:v8';
import { inspectBody } from '../body/encoded-body.ts';
import type { BodyInspection, KnownSecret, Passed } from '../finding.ts';
import { formsOf } from '../known/forms.ts';
import { createSearch } from '../known/search.ts';
import { createRuleGroups } from '../rule-groups.ts';
import type { CompiledRule } from '../rules/compile.ts';
import type { Detectors } from '../scan.ts';
import type { Answer, Note, Order } from './messages.ts';
import { createRecorder } from './record.ts';

/** The inspection thread. It inspects bodies as they arrive, and decides nothing that depends on other requests. */

interface Inspected {
  readonly inspection: BodyInspection;
  readonly notes: Note[];
}

/** Serves the orders from `port`, one after the other. An error ends the thread, and with it all its inspections. */
export function serveInspections(
  port: Pick<MessagePort, 'on' | 'postMessage'>,
  rules: readonly CompiledRule[],
): void {
  const bodies = new Map<number, Inspected>();
  const groups = createRuleGroups(rules);
  let known = knownFor([]);
  const begin = (order: Order & { readonly kind: 'begin' }): void => {
    const notes: Note[] = [];
    const { search, forms } = known;
    const { body: patterns } = groups(order.about.host, order.about.action);
    const detectors: Detectors = { search, patterns, nowMs: Date.now, ...createRecorder(forms, notes) };
    bodies.set(order.body, { inspection: inspectBody(detectors, order.about), notes });
  };
  port.on('message', (order: Order) => {
    if (order.kind === 'know') known = knownFor(order.secrets);
    else if (order.kind === 'begin') begin(order);
    else if (order.kind === 'drop') bodies.delete(order.body);
    else {
      const inspected = bodies.get(order.body);
      const passed = inspected === undefined ? NOTHING : carryOut(inspected.inspection, order);
      if (order.kind === 'end') bodies.delete(order.body);
      port.postMessage(answerTo(order.body, passed, inspected?.notes.splice(0) ?? []));
    }
  });
}

function knownFor(
  secrets: readonly KnownSecret[],
): Pick<Detectors, 'search'> & { forms: () => ReturnType<typeof formsOf> } {
  let made: ReturnType<typeof formsOf> | undefined;
  const forms = (): ReturnType<typeof formsOf> => (made ??= formsOf(secrets));
  return { search: createSearch(forms), forms };
}

const NOTHING: Passed = { release: new Uint8Array(0), findings: [], blocked: false };

function carryOut(
  inspection: BodyInspection,
  order: Extract<Order, { readonly kind: 'push' | 'flush' | 'end' | 'startLeaving' }>,
): Passed {
  if (order.kind === 'push') return inspection.push(order.bytes);
  if (order.kind === 'flush') return inspection.flush();
  if (order.kind === 'end') return inspection.end();
  inspection.startLeaving();
  return NOTHING;
}

function answerTo(body: number, { release, findings, blocked }: Passed, notes: readonly Note[]): Answer {
  const { total_heap_size, external_memory, malloced_memory } = getHeapStatistics();
  const memoryBytes = total_heap_size + external_memory + malloced_memory;
  return { body, releasedBytes: release.length, findings, blocked, notes, memoryBytes };
}
