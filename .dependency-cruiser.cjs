// Who may import what: the table of docs/architecture.md as rules. Type-only imports count as well (tsPreCompilationDeps).
// test/import-rules.test.ts shows each rule failing on a toy tree, so a rule that stops biting is noticed.

const TEST_FILE = '\\.(test|test-support)\\.ts$';
/** Everything that is not a file of this repository: npm packages and Node builtins. */
const OUTSIDE = '^(?!(domain|workflows|activities|infra|services|test)/)';
/** An adapter is a folder of infra/src, or of a family: engines/postgresql, providers/local. Used with $1 on the other side. */
const ADAPTER = '^infra/src/((?:engines|providers|endpoints|backups)/[^/]+|[^/]+)/';
/** What adapters share. */
const SHARED_INFRA = ['engine-support', 'toolchain', 'configuration', 'read-models', 'providers/debian'];

const npm = (...names) => `(^|/)node_modules/(${names.map((name) => name.replace('/', '\\/')).join('|')})(/|$)`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'domain-knows-no-layer',
      comment: 'domain imports only itself; what it needs from outside comes in through a port or an argument.',
      severity: 'error',
      from: { path: '^domain/' },
      to: { path: '^(workflows|activities|infra|services|test)/' },
    },
    {
      name: 'domain-is-pure',
      comment: 'domain has no npm package and no Node builtin: it runs inside workflows, where both are forbidden.',
      severity: 'error',
      from: { path: '^domain/src/', pathNot: TEST_FILE },
      to: { path: OUTSIDE },
    },
    {
      name: 'workflows-know-only-domain',
      comment: 'A workflow reaches the world through the interfaces in its contracts, not even by the type of an implementation.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: '^(activities|infra|services|test)/' },
    },
    {
      name: 'workflows-use-only-temporal',
      comment: 'Anything else could break determinism.',
      severity: 'error',
      from: { path: '^workflows/src/', pathNot: TEST_FILE },
      to: { path: OUTSIDE, pathNot: npm('@temporalio/workflow', '@temporalio/common') },
    },
    {
      name: 'activities-know-no-adapter',
      comment: 'Activities get ports in their constructor; services/worker/src/wiring.ts is where they meet adapters.',
      severity: 'error',
      from: { path: '^activities/' },
      to: { path: '^(infra|services|test)/' },
    },
    {
      name: 'activities-use-only-temporal',
      comment: 'A client library belongs behind a port, in infra.',
      severity: 'error',
      from: { path: '^activities/src/', pathNot: TEST_FILE },
      to: { path: OUTSIDE, pathNot: [npm('@temporalio/activity', '@temporalio/common'), '^(node:)?crypto$'] },
    },
    {
      name: 'workflows-only-through-contracts',
      comment: 'Outsiders see what goes into and comes out of a workflow, never its body.',
      severity: 'error',
      from: { path: '^(activities|services)/' },
      to: { path: '^workflows/', pathNot: '^workflows/src/contracts/' },
    },
    {
      name: 'infra-knows-only-domain',
      comment: 'An adapter implements a port of domain and knows nobody who uses it.',
      severity: 'error',
      from: { path: '^infra/' },
      to: { path: '^(workflows|activities|services|test)/' },
    },
    {
      name: 'adapters-apart',
      comment: 'Adapters do not know each other, so that each can be exchanged; they share only toolchain, configuration and read-models.',
      severity: 'error',
      from: { path: ADAPTER },
      to: { path: '^infra/src/', pathNot: [`^infra/src/$1/`, `^infra/src/(${SHARED_INFRA.join('|')})/`] },
    },
    {
      name: 'services-apart',
      comment: 'Services are processes of their own: they meet in facts, over HTTP and in Temporal.',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'dashboard-knows-only-the-api',
      comment: 'The dashboard has the generated client and nothing else of ours.',
      severity: 'error',
      from: { path: '^services/dashboard/' },
      to: { path: '^(domain|workflows|activities|infra)/' },
    },
    {
      name: 'nobody-imports-tests',
      comment: 'Production code must not lean on test code.',
      severity: 'error',
      from: { path: '^(domain|workflows|activities|infra|services)/', pathNot: TEST_FILE },
      to: { path: ['^test/', TEST_FILE] },
    },
    { name: 'no-cycles', comment: 'A cycle has no beginning to read from.', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere fails only at run time, and escapes the rules above.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage|tmp)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['holdfast-source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
