import { HoldfastApi } from '../client/holdfast-api.js';
import type { CliContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import type { Leaf } from '../leaf.js';
import { showDuration } from '../output/amounts.js';
import { renderTable, type Column } from '../output/table.js';
import { readStream } from '../facts/facts.js';
import type { FactView } from '../client/views.js';
import { bringUp } from '../system/up.js';
import type { Stack } from '../stack/stack.js';
import { DEMO_CLUSTER, ensureDemoCluster, growDemoCluster, promoteReplica } from './demo-cluster.js';
import { startWriter, type WriteReport } from './write-gap.js';

/** Writing goes on for so long after the promotion ended, so that its end is measured too. */
const AFTER_MS = 1_000;
const FACTS_SHOWN = 8;

export const demoCommand: Leaf<object> = {
  usage: 'demo',
  summary: 'A real 3-node PostgreSQL cluster, grown and promoted under a writing client; leaves it running',
  examples: ['./holdfast demo', './holdfast demo --yes --json'],
  run: async (context) => {
    const stack = await bringUp(context);
    const api = new HoldfastApi(context);
    const cluster = await ensureDemoCluster(context, api);
    const credentials = await api.answer(api.http.GET('/v1/clusters/{cluster}/credentials', { params: { path: { cluster: cluster.id } } }));
    const added = await growDemoCluster(context, api, cluster.id);
    context.say('A client writes a row each 10 ms through the read-write address, each its own commit …');
    const writer = await startWriter({ url: credentials.readWrite.url });
    let promoted: string;
    try {
      promoted = await promoteReplica(context, api, cluster.id);
      await new Promise((resolve) => setTimeout(resolve, AFTER_MS));
    } catch (problem) {
      await writer.stop();
      throw problem;
    }
    const report = await writer.stop();
    await tell(context, api, stack, { clusterId: cluster.id, added, promoted, report });
    return report.missingIds.length === 0 ? EXIT.ok : EXIT.failed;
  },
};

interface Outcome {
  readonly clusterId: string;
  readonly added: string;
  readonly promoted: string;
  readonly report: WriteReport;
}

const FACT_COLUMNS: readonly Column<FactView>[] = [
  { header: 'at', cell: (fact) => fact.at },
  { header: 'fact', cell: (fact) => fact.type },
  { header: 'actor', cell: (fact) => fact.meta.actor },
  { header: 'reason', cell: (fact) => fact.meta.reason },
  { header: 'step', cell: (fact) => fact.meta.step },
];

const tell = async (context: CliContext, api: HoldfastApi, stack: Stack, { clusterId, added, promoted, report }: Outcome): Promise<void> => {
  const view = await api.answer(api.http.GET('/v1/clusters/{cluster}', { params: { path: { cluster: clusterId } } }));
  const facts = (await readStream(api, `cluster-${clusterId}`)).slice(-FACTS_SHOWN);
  const { acknowledgedCount, brokenCount, longestGapMs, longestGapAt, missingIds } = report;
  context.document({ cluster: view, added, promoted, writes: { acknowledgedCount, brokenCount, longestGapMs, longestGapAt, missingCount: missingIds.length }, facts });
  const { places } = stack;
  context.print(
    [
      '',
      `${added} was added and ${promoted} promoted to primary, while the client wrote:`,
      `  longest gap between acknowledged writes   ${showDuration(longestGapMs)}`,
      `  acknowledged rows that are missing        ${missingIds.length} of ${acknowledgedCount}`,
      `  writes that broke and were not counted    ${brokenCount}`,
      '',
      `The last facts of ${DEMO_CLUSTER}:`,
      renderTable(facts, FACT_COLUMNS, { terminal: true, headers: false }).replaceAll(/^(?=.)/gm, '  '),
      'The cluster goes on. Where to look:',
      `  ./holdfast clusters show ${DEMO_CLUSTER}`,
      `  psql "$(./holdfast clusters connect ${DEMO_CLUSTER})"`,
      `  ./holdfast audit --cluster ${DEMO_CLUSTER}`,
      `  ${places.configuration.api.url}/docs${places.elsewhere.temporal ? '' : `   http://127.0.0.1:${places.ports.temporalUi} (Temporal)`}`,
      `  ./holdfast clusters delete ${DEMO_CLUSTER}   ./holdfast down`,
      '',
    ].join('\n'),
  );
};
