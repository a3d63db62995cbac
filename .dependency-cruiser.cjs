// Architecture rules: imports run one way, and each library has one home. tests/unit/lint-rules.test.ts plants a violation of each.

/** Files of src/<name>/ may import their own folder, the layers listed, the log and the failpoints. */
const layer = (name, mayImport, alsoAllowed = ['^src/(log|failpoints)\\.ts$']) => ({
  name: `${name}-imports`,
  severity: 'error',
  from: { path: `^src/${name}/` },
  to: { path: '^src/', pathNot: [`^src/(${[name, ...mayImport].join('|')})/`, ...alsoAllowed] },
});

/** Only the files matching `where` may import the library. */
const only = (library, where) => ({
  name: `${library}-only-in`,
  severity: 'error',
  from: { path: '^src/', pathNot: where },
  to: { path: `(^|/)node_modules/${library}/` },
});

/** The program and its composition root: the only files that see every layer. */
const composition = 'main|service|api-role|worker-role';

module.exports = {
  forbidden: [
    layer('domain', [], []),
    layer('database', ['domain']),
    layer('provider', ['domain']),
    layer('mail', ['domain']),
    layer('webhooks', ['domain']),
    layer('live', ['domain', 'database']),
    layer('operations', ['domain', 'database']),
    layer('jobs', ['domain', 'operations']),
    layer('graphql', ['domain', 'operations', 'live', 'database']),
    layer('http', ['domain', 'operations', 'live', 'graphql']),
    layer('metrics', ['domain']),
    layer('tracing', ['domain']),
    layer('simulator', []),
    {
      name: 'console-imports',
      comment: 'the console knows the service by its API; the rules of domain/ are pure, so they are the same in a browser',
      severity: 'error',
      from: { path: '^web/src/' },
      to: { path: '^src/', pathNot: '^src/domain/' },
    },
    {
      name: 'service-without-console',
      comment: 'the console is served as files, not imported',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^web/' },
    },
    {
      name: 'domain-is-pure',
      comment: 'no I/O, no npm: not even node: modules',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    only('undici', '^src/(provider|webhooks)/'),
    only('standardwebhooks', '^src/webhooks/'),
    only('graphile-worker', '^src/(jobs/|database/job-queue\\.ts$)'),
    only('type-graphql', '^src/graphql/'),
    only('prom-client', '^src/metrics/'),
    only('@opentelemetry', '^src/tracing/'),
    only('jose', '^src/http/token-check\\.ts$'),
    only('nodemailer', '^src/mail/'),
    {
      name: 'config-is-passed-not-imported',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${composition})\\.ts$` },
      to: { path: '^src/config\\.ts$' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    // What of the console is of no use is knip's business: files of types alone look like orphans there.
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '^src/(main|simulator/main)\\.ts$|\\.d\\.ts$' },
      to: {},
    },
    // The types that generated documents import come from a package that is nothing else.
    { name: 'resolvable', severity: 'error', from: { pathNot: '^web/src/api/generated/' }, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
